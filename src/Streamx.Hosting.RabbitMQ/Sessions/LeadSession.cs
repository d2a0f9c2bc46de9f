using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>The right to append to a stream, while it lasts.</summary>
internal sealed class LeadSession : ILeadSession
{
    /// <summary>How often the token is written again: the broker ends a channel that holds a delivery for too long.</summary>
    private static readonly TimeSpan s_renewal = TimeSpan.FromMinutes(5);

    /// <summary>How often the token is written again while values are appended: the next leader knows at least so far.</summary>
    private static readonly TimeSpan s_note = TimeSpan.FromSeconds(1);

    /// <summary>The same, for a broker that allows less.</summary>
    private TimeSpan Renewal => _options.ConsumerTimeout / 6 is var part && part < s_renewal ? part : s_renewal;

    private readonly BrokerConnection _connection;
    private readonly IChannel _channel;
    private readonly Topology _topology;
    private readonly RabbitMqOptions _options;
    private readonly TimeProvider _clock;
    private readonly Lease _lease;
    private readonly ConsumerRegistry _registry;
    private readonly Declarations _declarations;
    private readonly Action<string> _onAmiss;
    private readonly StreamMemory _memory;

    /// <summary>Orders what is appended: values, and the questions among them.</summary>
    private readonly Lock _lock = new();

    /// <summary>The last number appended; <see cref="Checkpoint.None"/> before the epoch has begun. Guarded by <see cref="_lock"/>.</summary>
    private long _head = Checkpoint.None;

    /// <summary>The highest number that has been confirmed in this session; zero for none.</summary>
    private long _confirmed;

    /// <summary>The end, once it has been appended; null before. Guarded by <see cref="_lock"/>.</summary>
    private StreamMessage? _end;

    /// <summary>How long a leader that finds nothing waits for consumers that are not registered.</summary>
    private static readonly TimeSpan s_discovery = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// How long a question may take to be confirmed. A queue that has just come back may have lost the question; the leader can ask again.
    /// </summary>
    private static readonly TimeSpan s_question = TimeSpan.FromSeconds(3);

    /// <summary>Joins as a consumer.</summary>
    private Func<string, Task<IAsyncDisposable>>? _joinAs;

    /// <summary>Consumers that have been retired in this session: later messages of their processes do not bring them back.</summary>
    private readonly HashSet<string> _retired = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Consumers that had no live process when they were asked.</summary>
    private HashSet<string> _absent = [];

    /// <summary>Takes in changes of consumers, and renews the lease.</summary>
    private Task _housekeeping = Task.CompletedTask;

    /// <summary>Looks which consumers have a live process.</summary>
    private Task _watching = Task.CompletedTask;

    /// <summary>The consumers' reports.</summary>
    private readonly LeaderInbox _inbox;

    internal LeadSession(
        BrokerConnection connection, IChannel channel, Topology topology, RabbitMqOptions options, TimeProvider clock, Lease lease, ConsumerRegistry registry, LeaderInbox inbox, Declarations declarations, StreamMemory memory, ConsumerPositions positions, ConsumerProcesses processes, Action<string> onAmiss)
    {
        _onAmiss = onAmiss;
        _connection = connection;
        _channel = channel;
        _topology = topology;
        _options = options;
        _clock = clock;
        _lease = lease;
        _registry = registry;
        _inbox = inbox;
        _declarations = declarations;
        _memory = memory;
        Positions = positions;
        Processes = processes;
    }

    /// <inheritdoc/>
    public long Epoch => _lease.Token.Epoch;

    /// <inheritdoc/>
    public long PreviousEpoch => _lease.Before.BegunEpoch;

    /// <inheritdoc/>
    public long StreamId => _lease.Token.StreamId;

    /// <inheritdoc/>
    public bool HasEnded { get; internal init; }

    /// <inheritdoc/>
    public long? EndsAt { get; internal init; }

    /// <summary>The number up to which the token says that values were confirmed.</summary>
    internal long Noted => _lease.WrittenHead;

    /// <summary>Called with the time of each confirm and its error; null to measure nothing.</summary>
    internal Action<TimeSpan, Exception?>? Measure { get; init; }

    /// <inheritdoc/>
    public long LowestReceived { get; private set; }

    /// <inheritdoc/>
    public long HighestReceived { get; private set; }

    /// <inheritdoc/>
    public ConsumerPositions Positions { get; }

    /// <inheritdoc/>
    public ConsumerProcesses Processes { get; }

    /// <inheritdoc/>
    public Task<Exception> WhenLost => _connection.WhenLost;

    /// <summary>Takes the registered consumers into the token, and asks each for its position.</summary>
    /// <param name="joinAs">Joins as a consumer whose processes are all gone, so that its queue answers.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransportException">Not all of them could be asked in time.</exception>
    internal async Task SyncAsync(Func<string, Task<IAsyncDisposable>> joinAs, CancellationToken cancellationToken)
    {
        await TakeInNamesAsync().ConfigureAwait(false);
        // While no process led, an operator may have unbound them, or deleted the exchange.
        await _connection.RunAsync(() => _declarations.BindAsync(Positions.Snapshot().Keys), "Binding the queues of names").ConfigureAwait(false);
        if (_lease.Before.BegunEpoch == 0) await DiscoverAsync(cancellationToken).ConfigureAwait(false);
        // Consumers that are asked forget that the stream has ended.
        if ((HasEnded && EndsAt is null) || Positions.Count == 0) return;
        var round = new SyncRound(Epoch, _inbox.Events, joinAs, AskAsync, NamesAsync, _clock);
        _joinAs = joinAs;
        _absent = round.AnsweredFor;
        var answers = await round.RunAsync(_options.SyncTimeout, cancellationToken).ConfigureAwait(false);
        var received = answers.Where(answer => answer.Received != Checkpoint.None).Select(answer => answer.Received).ToList();
        if (received.Count > 0) (LowestReceived, HighestReceived) = (received.Min(), received.Max());
        if (answers.Count > 0) HighestReceived = Math.Max(HighestReceived, answers.Max(answer => answer.Highest));
        HighestReceived = Math.Max(HighestReceived, _lease.Before.Head);
        foreach (var answer in answers.Where(answer => answer.Position != Checkpoint.None)) Positions.Report(answer.Name, answer.Position);
    }

    /// <summary>
    /// Where the broker knows nothing of the stream, asks whether there are consumers nevertheless: if the leader gave numbers without
    /// regard to them, they would drop what it appends.
    /// </summary>
    private async Task DiscoverAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PublishAsync(Word(MessageTypes.Sync, _head), s_question, isMandatory: false).ConfigureAwait(false);
            using var patience = new CancellationTokenSource(s_discovery, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken, _connection.Ended);
            while (true)
            {
                var heard = await _inbox.Events.ReadAsync(either.Token).ConfigureAwait(false);
                if (!Positions.Has(heard.Name)) await AdoptAsync(heard.Name).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && !_connection.Ended.IsCancellationRequested)
        {
            // No more consumers have answered. One that answers later is taken in then.
        }
    }

    /// <summary>Registers a consumer whose processes run, but whose registration has been deleted.</summary>
    private async Task AdoptAsync(string name)
    {
        if (_retired.Contains(name)) return;
        await _connection.RunAsync(() => _lease.WriteAsync(token => token with { Names = [.. token.Names ?? [], name] }), $"Registering '{name}'").ConfigureAwait(false);
        _memory.NoteName(name);
        Positions.Add(name);
        _onAmiss($"Consumer '{name}' runs, and was not registered: what knew of it has been deleted. It is registered again.");
    }

    /// <inheritdoc/>
    public async Task BeginAsync(long first)
    {
        await _connection.RunAsync(() => _lease.WriteAsync(token => token with { BegunEpoch = Epoch }), "Beginning an epoch").ConfigureAwait(false);
        if (Positions.Count > 0) await PublishAsync(Word(MessageTypes.Begin, first) with { Highest = HighestReceived }).ConfigureAwait(false);
        // A consumer without a position has joined once this message is in its queue; it is, since it is confirmed.
        foreach (var (name, position) in Positions.Snapshot())
        {
            if (position != ConsumerPositions.Unknown) continue;
            if (_absent.Contains(name)) await PlaceAsync(name, first - 1).ConfigureAwait(false);
            Positions.Report(name, first - 1);
        }

        lock (_lock) _head = first - 1;
        _housekeeping = KeepHouseAsync();
        _watching = new ConsumerWatch(_connection, _topology, Positions, Processes, AskAsync, RestoreAsync, () => Interlocked.Read(ref _confirmed), _clock).RunAsync();
    }

    /// <summary>
    /// Makes the first position of a consumer durable that has no process to do so: without it a later leader could not tell values that
    /// have been dropped from the consumer's queue from values that were never meant for it.
    /// </summary>
    private async Task PlaceAsync(string name, long position)
    {
        try
        {
            var session = await _joinAs!(name).ConfigureAwait(false);
            await using (session.ConfigureAwait(false)) await Positions.WaitForAsync(name, position, _connection.Ended).WaitAsync(s_question, _clock, _connection.Ended).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TransportException or TimeoutException or OperationCanceledException)
        {
            // A process of the consumer has come, and does it; or the consumer is being retired.
        }
    }

    /// <inheritdoc/>
    public Task AppendAsync(TransportValue value)
    {
        var message = new StreamMessage(value.IsEnd ? MessageTypes.Close : MessageTypes.Value, Epoch, value.Sequence, value.Body) 
        {
            StreamId = StreamId,
            Ends = _lease.Token.Ends,
            IsRepeated = value.IsRepeated,
            ContentType = value.ContentType,
            TraceParent = value.TraceParent,
        };
        _memory.NoteNumber(Epoch, value.Sequence);
        // Under the lock, so that a question among the values carries the number of the value before it.
        lock (_lock)
        {
            _head = value.Sequence;
            if (value.IsEnd) _end = message;
            var confirmed = ConfirmAsync(PublishAsync(message), value.Sequence);
            return Measure is { } measure && !value.IsEnd ? MeasureAsync(confirmed, measure) : confirmed;
        }
    }

    private async Task ConfirmAsync(Task published, long sequence)
    {
        await published.ConfigureAwait(false);
        // Confirms come in order, but several may be handled at the same time.
        for (var known = Interlocked.Read(ref _confirmed); sequence > known; known = Interlocked.Read(ref _confirmed))
            if (Interlocked.CompareExchange(ref _confirmed, sequence, known) == known) return;
    }

    private async Task MeasureAsync(Task confirmed, Action<TimeSpan, Exception?> measure)
    {
        var began = _clock.GetTimestamp();
        try
        {
            await confirmed.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            measure(_clock.GetElapsedTime(began), error);
            throw;
        }

        measure(_clock.GetElapsedTime(began), null);
    }

    /// <inheritdoc/>
    public Task EndAsync(long sequence) => _connection.RunAsync(
        async () =>
        {
            // The token decides: if this process ends here, the next leader completes the queue.
            await _lease.WriteAsync(token => token with { Ends = token.Ends + 1, EndsAt = sequence }).ConfigureAwait(false);
            await _declarations.AddEndsAsync(_channel, 1).ConfigureAwait(false);
        },
        "Deciding the end");

    /// <inheritdoc/>
    public async Task ReleaseAsync(bool closed, CancellationToken cancellationToken)
    {
        // Confirmed, so the token contains it before the next in line leads.
        await _connection.RunAsync(() => _lease.WriteAsync(token => Headed(token) with { EndsAt = closed ? 0 : token.EndsAt }), "Handing over").WaitAsync(cancellationToken).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        await _housekeeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private LeaseToken Headed(LeaseToken token) => token with { Head = Math.Max(token.Head, Interlocked.Read(ref _confirmed)) };

    private Task PublishAsync(StreamMessage message, TimeSpan? timeout = null, bool isMandatory = true) =>
        // Mandatory: if no queue were left the broker would confirm a value that no queue has.
        _connection.RunAsync(
            () => _channel.BasicPublishAsync(_topology.Data, "", isMandatory, message.ToProperties(_clock.GetUtcNow()), message.Body, _connection.Ended).AsTask(),
            $"Appending {message.Kind} {message.Sequence} to {_topology.Data}",
            timeout);

    /// <summary>A control message for the consumers.</summary>
    private StreamMessage Word(string kind, long sequence) => new(kind, Epoch, sequence, default) { StreamId = StreamId, Ends = _lease.Token.Ends };

    private Task AskAsync()
    {
        lock (_lock) return PublishAsync(Word(MessageTypes.Sync, _head), s_question);
    }

    /// <summary>Restores what an operator may have deleted.</summary>
    private Task RestoreAsync(IReadOnlyCollection<string> late) => _connection.RunAsync(
        async () =>
        {
            await _declarations.DeclareExchangesAsync(_inbox.ControlChannel).ConfigureAwait(false);
            await _inbox.BindAsync().ConfigureAwait(false);
            if (late.Count > 0) await _declarations.BindAsync(late).ConfigureAwait(false);
            if (await _declarations.LacksStateAsync().ConfigureAwait(false)) await _lease.RestoreAsync().ConfigureAwait(false);
            await _declarations.RestoreEndsAsync(_channel, _lease.Token.Ends).ConfigureAwait(false);
        },
        "Looking what is there");

    /// <summary>Takes announced changes into the token.</summary>
    private async Task TakeInNamesAsync()
    {
        var before = _lease.Token.Names ?? [];
        var (names, tag) = await _registry.ReadAsync(before).ConfigureAwait(false);
        foreach (var name in names)
        {
            _memory.NoteName(name);
            Positions.Add(name);
        }

        foreach (var name in before.Except(names, StringComparer.OrdinalIgnoreCase))
        {
            _memory.Forget(name);
            _retired.Add(name);
            Positions.Remove(name);
            Processes.Remove(name);
        }

        if (tag == 0 && _lease.Token.Epoch == _lease.WrittenEpoch) return;
        await _lease.WriteAsync(token => token with { Names = names }).ConfigureAwait(false);
        if (tag != 0) await _registry.ForgetAsync(tag).ConfigureAwait(false);
    }

    private async Task<IReadOnlyCollection<string>> NamesAsync()
    {
        await TakeInNamesAsync().ConfigureAwait(false);
        return [.. Positions.Snapshot().Keys];
    }

    private async Task KeepHouseAsync()
    {
        var writtenAt = _clock.GetTimestamp();
        try
        {
            while (!_connection.Ended.IsCancellationRequested)
            {
                var heard = _inbox.Events.WaitToReadAsync(_connection.Ended).AsTask();
                await ((Task)heard).WaitAsync(s_note, _clock, _connection.Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (heard.IsCompletedSuccessfully)
                {
                    while (_inbox.Events.TryRead(out var heardOf)) await OnEventAsync(heardOf).ConfigureAwait(false);
                }

                var sinceWritten = _clock.GetElapsedTime(writtenAt);
                if (sinceWritten < (Headed(_lease.Token).Head == _lease.Token.Head ? Renewal : s_note)) continue;
                writtenAt = _clock.GetTimestamp();
                await _connection.RunAsync(() => _lease.WriteAsync(Headed), "Renewing the lease").ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            // The connection has ended, and with it the session.
        }
    }

    private async Task OnEventAsync(LeaderEvent heard)
    {
        if (heard.Answer is { } answer)
        {
            if (answer.Epoch != Epoch) return;
            // The consumer joined, or joined again with a new queue. The next session puts again what it lacks.
            if (heard.IsMissing || (answer.Received != Checkpoint.None && answer.Received < answer.Head))
                _connection.Fail(new TransportException($"Consumer '{answer.Name}' has received {answer.Received} of {answer.Head} values: its queue has lost some. They are put again."));
            else if (answer.Position != Checkpoint.None)
                Positions.Report(answer.Name, answer.Position);
            return;
        }

        if (heard.IsUnknown)
        {
            if (Positions.Has(heard.Name)) return;
            await AdoptAsync(heard.Name).ConfigureAwait(false);
        }

        await _connection.RunAsync(TakeInNamesAsync, "Taking in a name").ConfigureAwait(false);
        // Also for a consumer that is known: its queue may be a new one, without the values of the old.
        if (Positions.Count == 0) return;
        await AskAsync().ConfigureAwait(false);
        StreamMessage? end;
        lock (_lock) end = _end;
        // A consumer that joins now has missed the end. The others drop it.
        if (end is not null) await PublishAsync(end).ConfigureAwait(false);
    }
}
