namespace Streamx.TestUtilities.InMemory;

/// <summary>What the processes of one stream share: the registered consumers, their values and positions, and which process leads.</summary>
/// <remarks>
/// <para>Nothing takes time here and nothing goes wrong unless <see cref="Faults"/> says so. Sessions expire by <see cref="Clock"/>.</para>
/// <para>Safe from any thread; waiting callers go on elsewhere.</para>
/// </remarks>
/// <param name="clock">The clock of the store and of all its processes.</param>
internal sealed class InMemoryStore(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, StoredConsumer> _consumers = new(Names.Comparer);
    private readonly KeptValues _kept = new(clock);

    /// <summary>The bookmarks of producers.</summary>
    private readonly Dictionary<string, string> _bookmarks = new(Names.Comparer);

    /// <summary>The sessions in line to lead; the first leads.</summary>
    private readonly List<InMemoryLeadSession> _line = [];

    /// <summary>Every process there has been.</summary>
    private readonly List<InMemoryTransport> _processes = [];

    /// <summary>Every session that the store believes to last.</summary>
    private readonly List<InMemorySession> _sessions = [];

    /// <summary>How often it has begun to know a stream: what it forgets comes again under another id.</summary>
    private long _streamIds;

    /// <summary>The stream's id; zero before its first leader.</summary>
    private long _streamId;

    /// <summary>The epoch of the newest leader. Of all streams: epochs never go back.</summary>
    private long _epoch;

    /// <summary>The newest epoch that has begun.</summary>
    private long _begunEpoch;

    /// <summary>How many ends have been decided.</summary>
    private int _ends;

    /// <summary>The number of the last end while not every consumer has finished it; null otherwise.</summary>
    private long? _endsAt;

    /// <summary>The end, once it has been appended and until an epoch begins.</summary>
    private StoredValue? _end;

    /// <summary>The highest number that has been appended; zero for none.</summary>
    private long _highest;

    /// <summary>The last number appended under it; null before the first has begun, and while the leader's has not.</summary>
    private long? _head;

    /// <summary>How often something has been done that a <see cref="Bug"/> spoils now and then.</summary>
    private int _count;

    /// <summary>The clock.</summary>
    internal TimeProvider Clock => clock;

    /// <summary>What carries the reports of its processes.</summary>
    internal InMemoryReports Reports { get; } = new();

    /// <summary>How long a session lasts without word from its process.</summary>
    internal TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a session may hold a value.</summary>
    internal TimeSpan HoldLimit { get; init; } = TimeSpan.FromDays(20);

    /// <summary>Decides what goes wrong; null for nothing.</summary>
    internal IFaults? Faults { get; set; }

    /// <summary>Told of each step between a process and the store, and what goes wrong at it; null for no one.</summary>
    internal Action<string>? Trace { get; init; }

    /// <summary>A defect.</summary>
    internal StoreBug Bug { get; init; }

    /// <summary>What a leader did that none may do; null for nothing. Guarded by the lock.</summary>
    internal string? Problem { get; set; }

    /// <summary>A process of the stream's.</summary>
    /// <param name="instance">What it is called; null for nothing.</param>
    internal InMemoryTransport CreateProcess(string? instance = null)
    {
        var process = new InMemoryTransport(this, instance);
        lock (_lock) _processes.Add(process);
        return process;
    }

    /// <summary>The stream's window, which no leader may go beyond; null to leave that to others.</summary>
    internal int? Window { get; init; }

    /// <summary>The epoch of the newest leader.</summary>
    internal long Epoch
    {
        get
        {
            lock (_lock) return _epoch;
        }
    }

    /// <summary>How often the end has been decided.</summary>
    internal int Ends
    {
        get
        {
            lock (_lock) return _ends;
        }
    }

    /// <summary>Loses everything, as a store does whose disk is gone. All sessions are over.</summary>
    /// <param name="registered">Consumers that are registered again at once, as an operator would.</param>
    internal void Wipe(params IEnumerable<string> registered) => Locked(() =>
    {
        var streamId = _streamId;
        InMemorySession[] sessions = [.. _sessions];
        _line.Clear();
        _consumers.Clear();
        _kept.Clear();
        _bookmarks.Clear();
        (_streamId, _begunEpoch, _head, _ends, _endsAt) = (0, 0, null, 0, null);
        _end = null;
        _highest = 0;
        if (Bug == StoreBug.KeepsTheIdWhenWiped) _streamId = streamId;
        foreach (var session in sessions) session.CloseLocked("The store has lost everything.");
        foreach (var name in registered) _consumers[name] = new StoredConsumer(this, name);
    });

    /// <summary>Loses values that a consumer has not been given, and that no process puts again.</summary>
    /// <returns>The values.</returns>
    internal IReadOnlyList<StoredValue> Lose(string consumer, int count)
    {
        lock (_lock) return _consumers.TryGetValue(consumer, out var known) ? known.LoseLocked(count) : [];
    }

    /// <summary>The process that is given a consumer's values; null for none.</summary>
    internal InMemoryTransport? ActiveOf(string consumer)
    {
        lock (_lock) return _consumers.TryGetValue(consumer, out var known) && known.Line.Count > 0 ? known.Line[0].Process : null;
    }

    /// <summary>The process that leads; null for none.</summary>
    internal InMemoryTransport? Leader
    {
        get
        {
            lock (_lock) return _line.Count > 0 ? _line[0].Process : null;
        }
    }

    /// <summary>Whether there is something that a consumer has not finished, the end included.</summary>
    internal bool HasUnfinished(string consumer)
    {
        lock (_lock) return _consumers.TryGetValue(consumer, out var known) && known.HasUnfinished;
    }

    /// <summary>How far a consumer is; null if it is not registered.</summary>
    internal long? PositionOf(string consumer)
    {
        lock (_lock) return _consumers.TryGetValue(consumer, out var known) ? known.Position : null;
    }

    /// <summary>Runs something under the lock.</summary>
    internal void Locked(Action action)
    {
        lock (_lock) action();
    }

    /// <summary>A time in readings of the clock.</summary>
    internal long TicksOf(TimeSpan time) => (long)(time.TotalSeconds * clock.TimestampFrequency);

    /// <summary>What happens at a step.</summary>
    internal Fault FaultAtLocked(FaultPoint point, InMemoryTransport process)
    {
        var fault = Faults?.At(point, process) ?? default;
        if (point != FaultPoint.Renew) Trace?.Invoke($"{process.Instance} {point}{(fault == default ? null : $" {fault}")}");
        return fault;
    }

    /// <summary>A session has been opened.</summary>
    internal void OpenLocked(InMemorySession session) => _sessions.Add(session);

    /// <summary>A session is over.</summary>
    internal void ForgetLocked(InMemorySession session)
    {
        _sessions.Remove(session);
        if (session is InMemoryJoinSession { Consumer: { } consumer } joined)
        {
            consumer.LeaveLocked(joined);
            LeaderLocked?.TellProcessesLocked(consumer);
        }

        if (session is not InMemoryLeadSession lead || !_line.Contains(lead)) return;
        var led = _line[0] == lead;
        _line.Remove(lead);
        if (led) GrantLocked();
    }

    /// <summary>Registers consumers.</summary>
    /// <param name="names">Their names.</param>
    /// <param name="process">The process that does.</param>
    /// <param name="from">Where new ones begin.</param>
    internal void RegisterLocked(IEnumerable<string> names, InMemoryTransport process, StartFrom from = StartFrom.Now)
    {
        process.MeetLocked(_streamId, _ends);
        names = [.. names];
        if (Bug == StoreBug.RegistersAnew && _head is { } now)
            foreach (var known in names.Where(_consumers.ContainsKey)) _consumers[known].StartLocked(now);
        foreach (var name in names.Where(name => !_consumers.ContainsKey(name)))
        {
            var consumer = _consumers[name] = new StoredConsumer(this, name);
            var kept = from == StartFrom.Oldest ? _kept.After(0) : [];
            if (kept.Length > 0) consumer.StartLocked(_kept.Start);
            else if (_head is { } head) consumer.StartLocked(head);
            foreach (var value in kept) consumer.ReceiveLocked(value);
            if (_endsAt is not null && _end is { } end) consumer.EndLocked(end);
            LeaderLocked?.TellRegisteredLocked(name, kept.Length > 0 ? _kept.Start : _head);
            LeaderLocked?.TellProcessesLocked(consumer);
        }
    }

    /// <summary>Takes a consumer out for good.</summary>
    internal void RetireLocked(string name)
    {
        if (!_consumers.Remove(name, out var consumer)) return;
        foreach (var session in consumer.Line.ToArray()) session.CloseLocked($"Consumer '{name}' has been retired.");
        LeaderLocked?.TellRetiredLocked(name);
    }

    /// <summary>A session gets in line for the values of a consumer.</summary>
    internal void JoinLocked(InMemoryJoinSession session)
    {
        if (!_consumers.TryGetValue(session.Name, out var consumer)) throw new TransportException($"There is no consumer '{session.Name}'.");
        session.Consumer = consumer;
        session.Consumer.EnterLocked(session);
        LeaderLocked?.TellProcessesLocked(session.Consumer);
    }

    /// <summary>Moves a consumer to a position, before a session gets in line for it.</summary>
    internal void MoveLocked(string name, long position)
    {
        if (!_consumers.TryGetValue(name, out var consumer) || consumer.Line.Count > 0) throw new TransportException($"Consumer '{name}' has been joined by another process, or does not exist.");
        if (position < Math.Min(_kept.Start, consumer.Position) || position > _kept.Head) throw new ArgumentOutOfRangeException(nameof(position), position, $"Values from {_kept.Start + 1} to {_kept.Head} are kept.");
        consumer.MoveLocked(position, _kept.After(position));
    }

    /// <summary>Keeps values for a while.</summary>
    internal void RetainLocked(TimeSpan retention) => _kept.Retention = retention;

    /// <summary>The store whose open transactions let nothing be appended to this one; null for none.</summary>
    public InMemoryStore? BlockedBy { get; set; }

    /// <summary>A transaction of this store.</summary>
    internal InMemoryTransaction BeginTransaction() => new(this);

    /// <summary>The last number that is stored.</summary>
    internal long DurableHeadLocked => _kept.Head;

    /// <summary>A producer's bookmark; null for none.</summary>
    internal string? BookmarkLocked(string producer) => _bookmarks.GetValueOrDefault(producer);

    /// <summary>A session gets in line to lead.</summary>
    /// <returns>Whether it leads.</returns>
    internal bool LeadLocked(InMemoryLeadSession session)
    {
        _line.Add(session);
        if (_line[0] != session) return false;
        GrantLocked();
        return true;
    }

    /// <summary>A leader's epoch begins.</summary>
    internal void BeginLocked(InMemoryLeadSession session, long first)
    {
        _begunEpoch = session.Epoch;
        session.Process.BegunEpoch = session.Epoch;
        _head = first - 1;
        _end = null;
        foreach (var consumer in _consumers.Values)
        {
            consumer.BeginLocked(first - 1);
            session.TellPositionLocked(consumer, consumer.Position);
            LeaderLocked?.TellProcessesLocked(consumer);
        }
    }

    /// <summary>Appends a value for every consumer.</summary>
    /// <param name="session">The leader.</param>
    /// <param name="value">The value.</param>
    /// <param name="reach">How many consumers it reaches before the leader's session is lost.</param>
    internal void AppendLocked(InMemoryLeadSession session, TransportValue value, int reach = int.MaxValue)
    {
        if (_consumers.Count == 0)
        {
            session.BreakLocked(isNoticed: true);
            return;
        }

        _head = Math.Max(_head ?? 0, value.Sequence);
        if (reach > 0) _highest = Math.Max(_highest, value.Sequence);
        var finished = _consumers.Values.Min(consumer => consumer.Received is null ? value.Sequence : consumer.Position);
        if (Window is { } window && !value.IsEnd && value.Sequence > finished + window)
            Problem ??= $"Value {value.Sequence} was appended when only {finished} was finished: further ahead than a window of {window}.";
        var stored = new StoredValue(session.StreamId, session.Epoch, value) { Ends = _ends };
        if (value.IsEnd) _end = stored;
        var forgotten = Bug == StoreBug.ForgetsAConsumer && ++_count % 5 == 0 ? _consumers.Values.Last() : null;
        // What was cut off partway is not there as a whole: its leader appends it again.
        if (!value.IsEnd && reach >= _consumers.Count)
        {
            _kept.Add(stored);
            if (value.Bookmark is { } bookmark) _bookmarks[bookmark.Producer] = bookmark.Text;
        }

        foreach (var consumer in _consumers.Values.Take(Math.Min(reach, _consumers.Count)))
        {
            if (consumer == forgotten) consumer.MissLocked(stored);
            else consumer.ReceiveLocked(stored);
        }
    }

    /// <summary>How many consumers an append reaches that is interrupted.</summary>
    internal int SomeLocked() => _consumers.Count / 2;

    /// <summary>A leader hands over.</summary>
    internal void ReleaseLocked(InMemoryLeadSession session, bool closed)
    {
        if (closed) _endsAt = null;
        if (closed && Bug == StoreBug.KeepsTheEndToItself) _ends--;
    }

    /// <summary>A leader decides the end.</summary>
    internal void EndLocked(long sequence)
    {
        _ends++;
        _endsAt = sequence;
        foreach (var process in _processes) process.OnEndLocked();
    }

    /// <summary>A consumer has finished something.</summary>
    internal void FinishLocked(InMemoryJoinSession session, long sequence)
    {
        session.Consumer!.FinishLocked(sequence);
        OnFinishedLocked(session);
    }

    /// <summary>A consumer has finished one value ahead of others.</summary>
    internal void FinishAheadLocked(InMemoryJoinSession session, long sequence)
    {
        session.Consumer!.FinishAheadLocked(sequence);
        OnFinishedLocked(session);
    }

    /// <summary>What a transaction has finished of a consumer's values is finished.</summary>
    internal void FinishInLocked(InMemoryJoinSession session, long first, long last)
    {
        for (var sequence = first; sequence <= last; sequence++) session.Consumer!.FinishAheadLocked(sequence);
    }

    /// <summary>Refuses a session whose consumer is with another one.</summary>
    internal static void CheckFenceLocked(InMemoryJoinSession session)
    {
        if (session.Consumer is not { } consumer || !consumer.Line.Contains(session)) throw new InvalidOperationException($"Consumer '{session.Name}' is with another process.");
    }

    private void OnFinishedLocked(InMemoryJoinSession session)
    {
        _kept.Trim(_consumers.Values.Min(consumer => consumer.Position));
        if (Bug == StoreBug.LosesReports && ++_count % 7 == 0) return;
        LeaderLocked?.TellPositionLocked(session.Consumer!, session.Consumer!.Reported);
        if (Bug == StoreBug.MixesUpPositions)
            foreach (var consumer in _consumers.Values) LeaderLocked?.TellPositionLocked(consumer, session.Consumer!.Reported);
    }

    private InMemoryLeadSession? LeaderLocked => _line.Count > 0 && _line[0].HasBeenGranted ? _line[0] : null;

    /// <summary>The first in line leads.</summary>
    private void GrantLocked()
    {
        if (_line.Count == 0) return;
        var lead = _line[0];
        _head = null;
        long[] received = [.. _consumers.Values.Select(consumer => consumer.Received).OfType<long>()];
        // Also where the consumers that had received something have been retired: numbers never go back.
        var (lowest, highest) = received.Length == 0 ? (0, _highest) : (received.Min(), Math.Max(received.Max(), _highest));
        if (Bug == StoreBug.LowestReceivedTooHigh) lowest = highest;
        if (Bug == StoreBug.HighestReceivedTooLow) highest = lowest;
        if (_streamId == 0) _streamId = ++_streamIds;
        var previous = Bug == StoreBug.ForgetsOtherLeaders ? lead.Process.BegunEpoch : _begunEpoch;
        lead.Process.TimesLed++;
        if (Bug != StoreBug.RepeatsAnEpoch || _epoch == 0) _epoch++;
        lead.GrantLocked(_streamId, _epoch, previous, lowest, highest, (_ends, Bug == StoreBug.ForgetsTheDecidedEnd ? null : _endsAt), [.. _consumers.Values]);
        foreach (var consumer in _consumers.Values) lead.TellProcessesLocked(consumer);
    }
}
