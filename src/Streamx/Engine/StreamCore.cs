using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Streamx.Engine;

/// <summary>The state machine behind <see cref="AsyncStream{T}"/>: every transition, in one total order.</summary>
/// <remarks>
/// <para>One lock makes the order. A transition decides under it, lists whom to release, and releases them after leaving it:
/// no user code runs while it is held. States, transitions and invariants are written down in <c>DESIGN.md</c>.</para>
/// <para>This file is long because the transitions only make sense beside each other.</para>
/// </remarks>
internal sealed class StreamCore<T>
{
    /// <summary>Guards everything below but the settings.</summary>
    private readonly Lock _gate = new();

    /// <summary>What happens to puts while nobody gates.</summary>
    private readonly NoSubscribers _whenNoSubscribers;

    /// <summary>Whether released continuations may run on the releasing thread.</summary>
    private readonly bool _inline;

    /// <summary>The subscriptions.</summary>
    private readonly Membership<T> _members = new();

    /// <summary>Says since when a value has been held.</summary>
    private readonly CoarseClock _clock;

    /// <summary>The values some gating subscription has not finished.</summary>
    private readonly ValueRing<T> _values = new();

    /// <summary>The puts that wait.</summary>
    private readonly PutQueue<T> _puts = new();

    /// <summary>The flushes that wait, ordered by target.</summary>
    private readonly LinkedList<FlushWaiter> _flushes = [];

    /// <summary>Whoever awaits the end.</summary>
    private readonly DrainSignal _end = new();

    /// <summary>Tells a host of the fault before the drain is over.</summary>
    private readonly TaskCompletionSource<Exception> _faulted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where the stream is in its life.</summary>
    private StreamState _state;

    /// <summary>What the stream was faulted with.</summary>
    private Exception? _fault;

    /// <summary>How many values have been accepted; the position of the next one.</summary>
    private long _accepted;

    /// <summary>How many accepted values nobody was there to see.</summary>
    private long _discarded;

    /// <summary>When the put at the head of the queue got there.</summary>
    private long _headSince;

    /// <summary>Whether no value will ever commit again, and waiting reads have been told.</summary>
    private bool _sealed;

    /// <summary>How many members have a read that waits.</summary>
    private int _waitingReads;

    /// <summary>How many members have a run handed out, in which they advance without the lock.</summary>
    private int _runs;

    /// <summary>The position up to which readers report their steps within a run, because someone waits for it. Written under the lock.</summary>
    private long _wanted;

    /// <summary>How many subscriptions have been given a number for a name.</summary>
    private int _numberedSubscriptions;

    internal StreamCore(AsyncStreamOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.TimeProvider is null) throw new ArgumentNullException(nameof(options), "TimeProvider must not be null.");
        if (options.Window is < AsyncStreamOptions.MinWindow or > AsyncStreamOptions.MaxWindow)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                options.Window,
                $"Window must be between {AsyncStreamOptions.MinWindow} and {AsyncStreamOptions.MaxWindow}, but is {options.Window}.");
        }

        if (!Enum.IsDefined(options.WhenNoSubscribers))
            throw new ArgumentOutOfRangeException(nameof(options), options.WhenNoSubscribers, "WhenNoSubscribers must be Wait, Discard or Throw.");

        Name = options.Name ?? typeof(T).Name;
        Window = options.Window;
        TimeProvider = options.TimeProvider;
        _clock = new CoarseClock(TimeProvider);
        _whenNoSubscribers = options.WhenNoSubscribers;
        _inline = options.AllowSynchronousContinuations;
    }

    /// <summary>The stream's name.</summary>
    internal string Name { get; }

    /// <summary>How many values may be put but not yet finished by the slowest gating member.</summary>
    internal int Window { get; }

    /// <summary>The clock.</summary>
    internal TimeProvider TimeProvider { get; }

    /// <summary>Ends when drained; never faults.</summary>
    internal Task Drained => _end.Drained;

    /// <summary>Ends when drained; faults with the stream.</summary>
    internal Task Completion => _end.Completion;

    /// <summary>Ends with the fault as soon as there is one.</summary>
    internal Task<Exception> WhenFaulted => _faulted.Task;

    /// <summary>Where the stream is in its life.</summary>
    internal StreamState State
    {
        get
        {
            lock (_gate) return _state;
        }
    }

    /// <summary>How many subscriptions have not left.</summary>
    internal int SubscriptionCount
    {
        get
        {
            lock (_gate) return _members.Count;
        }
    }

    /// <summary>What the stream was faulted with, or null.</summary>
    internal Exception? Fault
    {
        get
        {
            lock (_gate) return _fault;
        }
    }

    // ---- Puts ---------------------------------------------------------------------------------------------------------

    /// <summary>Commits the value, or queues the put behind those already waiting.</summary>
    internal ValueTask Put(T value, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        ReleaseList released = default;
        PutWaiter<T>? waiter = null;
        PutOutcome outcome;
        Interleaving.Point("put");
        lock (_gate)
        {
            AssertInvariants();
            outcome = AdmitLocked();
            if (outcome == PutOutcome.Waiting && CatchUpLocked(ref released)) outcome = AdmitLocked();
            if (outcome == PutOutcome.Committed)
            {
                CommitLocked(value, ref released);
            }
            else if (outcome == PutOutcome.Waiting)
            {
                var now = TimeProvider.GetTimestamp();
                if (_puts.Head is null) _headSince = now;
                waiter = _puts.Enqueue(this, value, now, cancellationToken);
                SettleLocked(gate: null, ref released);
            }
        }

        released.ReleaseAll(_inline);
        if (outcome == PutOutcome.Committed) return default;
        return waiter is null ? ValueTask.FromException(PutError(outcome)) : waiter.AsTask();
    }

    /// <summary>Commits the value if nothing stands in its way.</summary>
    internal bool TryPut(T value)
    {
        ReleaseList released = default;
        bool committed;
        Interleaving.Point("try-put");
        lock (_gate)
        {
            AssertInvariants();
            committed = AdmitLocked() == PutOutcome.Committed || (CatchUpLocked(ref released) && AdmitLocked() == PutOutcome.Committed);
            if (committed) CommitLocked(value, ref released);
        }

        released.ReleaseAll(_inline);
        return committed;
    }

    /// <summary>Withdraws a put if it still waits.</summary>
    internal void CancelPut(PutWaiter<T> waiter)
    {
        ReleaseList released = default;
        Interleaving.Point("cancel put");
        lock (_gate)
        {
            AssertInvariants();
            if (waiter.Outcome != PutOutcome.Waiting) return;
            var wasHead = waiter == _puts.Head;
            RefuseLocked(waiter, PutOutcome.Cancelled, wasHead ? SoleMissingLocked() : null, ref released);
            SettleLocked(gate: null, ref released);
        }

        released.ReleaseAll(_inline);
    }

    /// <summary>Takes back a waiter whose result has been taken.</summary>
    internal void Return(PutWaiter<T> waiter)
    {
        lock (_gate) _puts.Return(waiter);
    }

    /// <summary>What the caller of a put with this outcome gets thrown.</summary>
    internal Exception PutError(PutOutcome outcome) => outcome switch
    {
        PutOutcome.Faulted => NewFault(),
        PutOutcome.NoSubscribers => new InvalidOperationException($"Nobody is subscribed to stream '{Name}', and its WhenNoSubscribers is Throw."),
        _ => new StreamClosedException($"Stream '{Name}' is closed: the value was not accepted.") { Origin = this },
    };

    // ---- Flush, close, fault ------------------------------------------------------------------------------------------

    /// <summary>Waits until what has been accepted so far is finished.</summary>
    internal ValueTask Flush(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        ReleaseList released = default;
        FlushWaiter waiter;
        Interleaving.Point("flush");
        lock (_gate)
        {
            AssertInvariants();
            if (_state == StreamState.Faulted) return ValueTask.FromException(NewFault());
            if (IsFinishedLocked(_accepted)) return default;
            waiter = new FlushWaiter(_accepted);
            _flushes.AddLast(waiter.Node);
            SettleLocked(gate: null, ref released);
        }

        released.ReleaseAll(_inline);
        return cancellationToken.CanBeCanceled ? AwaitFlush(waiter, cancellationToken) : new ValueTask(waiter.Task);

        async ValueTask AwaitFlush(FlushWaiter flush, CancellationToken token)
        {
            using var registration = token.UnsafeRegister(_ => CancelFlush(flush, token), null);
            await flush.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Closes the stream to new puts. Again and again does no harm.</summary>
    /// <param name="allowInline">Whether continuations may run in here, if the stream allows that at all.</param>
    internal void Close(bool allowInline = true)
    {
        ReleaseList released = default;
        Interleaving.Point("close");
        lock (_gate)
        {
            AssertInvariants();
            if (_state != StreamState.Open) return;
            _state = StreamState.Closing;

            // Nobody waits for a fuller batch any more. Reads with nothing to take go on waiting: puts may still commit.
            foreach (var member in _members.AsSpan())
                if (member.WaitingRead is not null && AvailableLocked(member) > 0) ServeLocked(member, ref released);
            SettleLocked(gate: null, ref released);
        }

        released.ReleaseAll(_inline && allowInline);
    }

    /// <summary>Ends the stream with an error, unless it has ended already.</summary>
    internal bool TryFault(Exception error, bool allowInline = true)
    {
        ReleaseList released = default;
        Interleaving.Point("fault");
        lock (_gate)
        {
            AssertInvariants();
            if (_state is StreamState.Closed or StreamState.Faulted) return false;
            // Before the fault takes effect: what has been finished by now counts, and may let a waiting put commit.
            CatchUpLocked(ref released);
            _state = StreamState.Faulted;
            _fault = error;

            RefuseAllLocked(PutOutcome.Faulted, ref released);
            while (_flushes.First is { Value: var flush })
            {
                flush.Error = NewFault();
                _flushes.RemoveFirst();
                released.Add(flush);
            }

            SettleLocked(gate: null, ref released);
        }

        _faulted.TrySetResult(error);
        released.ReleaseAll(_inline && allowInline);
        return true;
    }

    private void CancelFlush(FlushWaiter flush, CancellationToken cancellationToken)
    {
        Interleaving.Point("cancel flush");
        lock (_gate)
        {
            if (flush.Node.List is null) return;
            _flushes.Remove(flush.Node);
            flush.Error = new OperationCanceledException(cancellationToken);
        }

        flush.Release(inline: false);
    }

    // ---- Subscriptions ------------------------------------------------------------------------------------------------

    /// <summary>Adds several subscriptions in one step: no value commits between them.</summary>
    internal Member<T>[] Subscribe(params ReadOnlySpan<SubscriptionOptions> options)
    {
        foreach (var option in options)
        {
            ArgumentNullException.ThrowIfNull(option, nameof(options));
            if (!Enum.IsDefined(option.Mode))
                throw new ArgumentOutOfRangeException(nameof(options), option.Mode, "Mode must be Every or Latest.");
        }

        ReleaseList released = default;
        var joined = new Member<T>[options.Length];
        Interleaving.Point("subscribe");
        lock (_gate)
        {
            AssertInvariants();
            for (var i = 0; i < joined.Length; i++)
            {
                var name = options[i].Name ?? $"subscription-{++_numberedSubscriptions}";
                var member = joined[i] = new Member<T>(name, options[i].Mode, _accepted);
                if (_state == StreamState.Open)
                {
                    _members.Add(member);
                }
                else
                {
                    member.CameTooLate = true;
                    member.AcceptedAtEnd = _accepted;
                }
            }

            SettleLocked(gate: null, ref released);
        }

        released.ReleaseAll(_inline);
        return joined;
    }

    /// <summary>
    /// Finishes what the reader has in hand and gives it what comes next, or has it wait until as much as it needs is there.
    /// </summary>
    internal ValueTask<bool> Read(SubscriptionReader<T> reader)
    {
        ReleaseList released = default;
        ReadOutcome outcome;
        Interleaving.Point("read");
        lock (_gate)
        {
            AssertInvariants();
            if (!reader.TryBegin())
                return ValueTask.FromException<bool>(new InvalidOperationException("A read of this enumerator is still going on. Await it before the next one."));
            var member = reader.Member;
            EndRunLocked(member);
            FinishLocked(member, ref released);
            outcome = NextLocked(member, _state == StreamState.Open ? reader.Needed : 1);
            if (outcome == ReadOutcome.Waiting)
            {
                member.WaitingRead = reader;
                _waitingReads++;
                reader.BeginWaiting();
            }
            else if (outcome == ReadOutcome.Value)
            {
                TakeLocked(member, reader);
            }
        }

        released.ReleaseAll(_inline);
        return reader.AsTask(outcome);
    }

    /// <summary>Whether a reader that has finished the value at a position within its run has to say so with <see cref="Report"/>.</summary>
    internal bool IsWanted(long position) => position < Volatile.Read(ref _wanted);

    /// <summary>A reader has advanced in its run, and someone waits for that.</summary>
    internal void Report(Member<T> member)
    {
        ReleaseList released = default;
        Interleaving.Point("report");
        lock (_gate)
        {
            AssertInvariants();
            if (FollowRunLocked(member)) SettleLocked(gate: member, ref released);
        }

        released.ReleaseAll(_inline);
    }

    /// <summary>Notes when a member got what it has in hand.</summary>
    internal void NoteHeld(Member<T> member) => member.HeldSince = _clock.Now;

    /// <summary>Gives a waiting read what is there, if anything, though it would have waited for more.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="since">When the wait to be ended began. A later wait is left alone.</param>
    internal void EndWaitForMore(BatchReader<T> reader, long since)
    {
        ReleaseList released = default;
        Interleaving.Point("end wait for more");
        lock (_gate)
        {
            AssertInvariants();
            if (reader.FillingSince == since && reader.Member.WaitingRead == reader && AvailableLocked(reader.Member) > 0) ServeLocked(reader.Member, ref released);
        }

        released.ReleaseAll(_inline);
    }

    /// <summary>Takes a subscription out of the stream, at once and for good.</summary>
    /// <param name="member">Who leaves.</param>
    /// <param name="because">The cancelled token that makes it leave, if one does: what its reads then throw.</param>
    internal void Leave(Member<T> member, CancellationToken because = default)
    {
        ReleaseList released = default;
        Interleaving.Point("leave");
        lock (_gate)
        {
            AssertInvariants();
            if (member.HasLeft) return;
            member.LeftBecauseOf = because;
            LeaveLocked(member, ref released);
        }

        released.ReleaseAll(_inline);
    }

    /// <summary>Ends the stream for everybody, in one step: it closes, waiting puts are refused, every subscription leaves.</summary>
    /// <param name="because">The cancelled token that stands behind it: what reads then throw.</param>
    /// <remarks>
    /// Puts first: the leaving of one subscription must not let a value commit for the others, who are about to leave too.
    /// Nothing runs in here, whatever the stream allows: the caller has a deadline to keep.
    /// </remarks>
    internal void Abort(CancellationToken because)
    {
        ReleaseList released = default;
        Interleaving.Point("abort");
        lock (_gate)
        {
            AssertInvariants();
            CatchUpLocked(ref released);
            if (_state == StreamState.Open) _state = StreamState.Closing;
            RefuseAllLocked(PutOutcome.Closed, ref released);
            SettleLocked(gate: null, ref released);
            while (_members.Count > 0)
            {
                var member = _members.AsSpan()[^1];
                member.LeftBecauseOf = because;
                LeaveLocked(member, ref released);
            }
        }

        released.ReleaseAll(allowInline: false);
    }

    // ---- Looking ------------------------------------------------------------------------------------------------------

    /// <summary>Everything, at one moment.</summary>
    internal StreamSnapshot GetSnapshot()
    {
        ReleaseList released = default;
        StreamSnapshot snapshot;
        lock (_gate)
        {
            AssertInvariants();
            CatchUpLocked(ref released);
            var now = TimeProvider.GetTimestamp();
            var subscriptions = new SubscriptionSnapshot[_members.Count];
            var i = 0;
            foreach (var member in _members.AsSpan()) subscriptions[i++] = SnapshotLocked(member, now);
            snapshot = new StreamSnapshot
            {
                Name = Name,
                State = _state,
                Window = Window,
                ValuesPut = _accepted,
                ValuesDiscarded = _discarded,
                ValuesWaiting = _puts.Count,
                OldestWaitingPutAge = _puts.Head is { } head ? TimeProvider.GetElapsedTime(head.WaitingSince, now) : null,
                Subscriptions = subscriptions,
            };
        }

        released.ReleaseAll(_inline);
        return snapshot;
    }

    /// <summary>One subscription, now or as it was when it left.</summary>
    internal SubscriptionSnapshot GetSnapshot(Member<T> member)
    {
        ReleaseList released = default;
        SubscriptionSnapshot snapshot;
        lock (_gate)
        {
            AssertInvariants();
            CatchUpLocked(ref released);
            snapshot = SnapshotLocked(member, TimeProvider.GetTimestamp());
        }

        released.ReleaseAll(_inline);
        return snapshot;
    }

    /// <summary>Whether the subscription has been told that the stream ended.</summary>
    internal bool HasReachedEnd(Member<T> member)
    {
        lock (_gate) return member.ReachedEnd;
    }

    private SubscriptionSnapshot SnapshotLocked(Member<T> member, long now)
    {
        var isMember = !member.HasLeft && !member.CameTooLate;
        var isGating = isMember && IsMissingLocked(member);
        var gating = TimeProvider.GetElapsedTime(0, member.GatingTicks);
        if (isGating && SoleMissingLocked() == member) gating += TimeProvider.GetElapsedTime(_headSince, now);
        return new SubscriptionSnapshot
        {
            Name = member.Name,
            Mode = member.Mode,
            Position = member.Position,
            Lag = (isMember ? _accepted : member.AcceptedAtEnd) - member.Position,
            ValuesFinished = member.Finished,
            ValuesAbandoned = member.Abandoned,
            ValuesOvertaken = member.Overtaken,
            HoldsValue = member.Held > 0,
            HeldFor = member.Held > 0 ? _clock.ElapsedSince(member.HeldSince) : TimeSpan.Zero,
            IsGating = isGating,
            TimeGating = gating,
        };
    }

    // ---- Steps of transitions; all need the lock ----------------------------------------------------------------------

    /// <summary>What happens to a put made now.</summary>
    private PutOutcome AdmitLocked()
    {
        if (_state == StreamState.Faulted) return PutOutcome.Faulted;
        if (_state != StreamState.Open) return PutOutcome.Closed;
        // First come, first served, whatever room there is.
        return _puts.Head is null ? DecideHeadLocked() : PutOutcome.Waiting;
    }

    /// <summary>What happens to the put whose turn it is.</summary>
    private PutOutcome DecideHeadLocked()
    {
        if (_members.GatingCount > 0) return _accepted - _members.Slowest < Window ? PutOutcome.Committed : PutOutcome.Waiting;
        if (_whenNoSubscribers == NoSubscribers.Discard) return PutOutcome.Committed;
        // Nobody can join a closing stream: waiting on would be waiting for ever.
        if (_state == StreamState.Closing) return PutOutcome.Closed;
        return _whenNoSubscribers == NoSubscribers.Throw ? PutOutcome.NoSubscribers : PutOutcome.Waiting;
    }

    /// <summary>Makes a value part of the stream and serves the reads that waited for it.</summary>
    private void CommitLocked(T value, ref ReleaseList released)
    {
        _accepted++;
        if (_members.GatingCount > 0)
        {
            _values.Append(value);
        }
        else
        {
            _discarded++;
            _values.TrimTo(_accepted);
        }

        if (_waitingReads == 0 && _members.GatingCount == _members.Count) return; // Nobody to be told.
        foreach (var member in _members.AsSpan())
        {
            if (!member.Gates) OfferNewestLocked(member, value);
            if (member.WaitingRead is { } reader && AvailableLocked(member) >= reader.Needed)
                ServeLocked(member, ref released);
        }
    }

    /// <summary>Replaces the value that waits for a <c>Latest</c> member.</summary>
    private void OfferNewestLocked(Member<T> member, T value)
    {
        if (member.HasNewest)
        {
            member.Overtaken++;
            _members.Advance(member, 1);
        }

        member.Newest = value;
        member.HasNewest = true;
    }

    /// <summary>How many values a member could take now.</summary>
    private long AvailableLocked(Member<T> member) =>
        member.Gates ? _accepted - member.Position - member.Held : member.HasNewest ? 1 : 0;

    /// <summary>What a read made now gets.</summary>
    private ReadOutcome NextLocked(Member<T> member, int needed)
    {
        if (member.HasLeft && !member.ReachedEnd) return ReadOutcome.Left;
        if (!member.CameTooLate && !member.ReachedEnd)
        {
            var available = AvailableLocked(member);
            if (available >= needed || (_sealed && available > 0)) return ReadOutcome.Value;
            if (!_sealed) return ReadOutcome.Waiting;
        }

        member.ReachedEnd = true;
        return _state == StreamState.Faulted ? ReadOutcome.Faulted : ReadOutcome.End;
    }

    /// <summary>Ends a member's waiting read with what is there.</summary>
    private void ServeLocked(Member<T> member, ref ReleaseList released)
    {
        var reader = member.WaitingRead!;
        TakeLocked(member, reader);
        EndReadLocked(member, ReadOutcome.Value, ref released);
    }

    /// <summary>Ends a member's waiting read.</summary>
    private void EndReadLocked(Member<T> member, ReadOutcome outcome, ref ReleaseList released)
    {
        var reader = member.WaitingRead!;
        member.WaitingRead = null;
        _waitingReads--;
        reader.Outcome = outcome;
        released.Add(reader);
    }

    /// <summary>Puts values into a reader's hands, as many as it takes.</summary>
    private void TakeLocked(Member<T> member, SubscriptionReader<T> reader)
    {
        var count = (int)Math.Min(AvailableLocked(member), reader.Limit);
        if (count == 0) return; // It only wanted to know that there is something.
        if (member.Gates)
        {
            for (var i = 0; i < count; i++) reader.Accept(_values[member.Position + i], i, count);
        }
        else
        {
            reader.Accept(member.Newest, 0, 1);
            member.Newest = default!;
            member.HasNewest = false;
        }

        member.Held = count;
        NoteHeld(member);
        if (!member.Gates) return;
        var run = _wanted == long.MaxValue ? 0 : (int)Math.Min(AvailableLocked(member), reader.RunLimit);
        if (run > 0)
        {
            reader.AcceptRun(_values, member.Position, run);
            member.BeginRun();
            _runs++;
        }

        _members.Take(member, member.Position + count + run);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) _values.TrimTo(_members.Needed);
    }

    /// <summary>Takes back the run of a member, if it has one, and notes how far it got.</summary>
    private void EndRunLocked(Member<T> member)
    {
        if (!member.HasRun) return;
        _runs--;
        AdvanceLocked(member, member.EndRun());
    }

    /// <summary>Notes how far a member has got in its run. Whoever calls this has to settle if it has got any further.</summary>
    private bool FollowRunLocked(Member<T> member) => member.HasRun && AdvanceLocked(member, member.RunProgress);

    /// <summary>Moves a member on to the value it has in hand.</summary>
    private bool AdvanceLocked(Member<T> member, long position)
    {
        var finished = position - member.Position;
        if (finished == 0) return false;
        member.Finished += finished;
        _members.Advance(member, finished);
        return true;
    }

    /// <summary>Notes how far everyone has got in their runs. Whoever calls this has to settle if anyone has got any further.</summary>
    /// <param name="gate">Of those who have, one the waiting put was waiting for.</param>
    private bool FollowRunsLocked(out Member<T>? gate)
    {
        gate = null;
        if (_runs == 0) return false;
        var moved = false;
        foreach (var member in _members.AsSpan())
        {
            var wasMissing = IsMissingLocked(member);
            if (!FollowRunLocked(member)) continue;
            moved = true;
            // If there are several, the last one seen is as good as any: they are noted at the same time.
            if (wasMissing) gate = member;
        }

        return moved;
    }

    /// <summary>Notes how far everyone has got in their runs, and settles. Whether there was anything to note.</summary>
    private bool CatchUpLocked(ref ReleaseList released)
    {
        if (!FollowRunsLocked(out var gate)) return false;
        SettleLocked(gate, ref released);
        return true;
    }

    /// <summary>A member asks for more, which finishes what it has in hand.</summary>
    private void FinishLocked(Member<T> member, ref ReleaseList released)
    {
        if (member.Held == 0) return;
        var count = member.Held;
        member.Held = 0;
        member.Finished += count;
        _members.Advance(member, count);
        SettleLocked(gate: member, ref released);
    }

    /// <summary>Takes a member out; what it holds is abandoned.</summary>
    private void LeaveLocked(Member<T> member, ref ReleaseList released)
    {
        member.HasLeft = true;
        if (member.CameTooLate) return;
        EndRunLocked(member);
        member.AcceptedAtEnd = _accepted;
        // The last to leave was who was waited for, also if the put now goes on waiting for somebody to come.
        if (_members.GatingCount == 1 && IsMissingLocked(member)) HeadLeftLocked(member, TimeProvider.GetTimestamp());
        _members.Remove(member);
        member.Abandoned += member.Held;
        member.Position += member.Held;
        member.Held = 0;
        member.Newest = default!;
        member.HasNewest = false;
        if (member.WaitingRead is not null) EndReadLocked(member, ReadOutcome.Left, ref released);
        SettleLocked(gate: member, ref released);
    }

    /// <summary>Takes a put out of the queue without committing it.</summary>
    private void RefuseLocked(PutWaiter<T> put, PutOutcome outcome, Member<T>? gate, ref ReleaseList released)
    {
        var wasHead = put == _puts.Head;
        _puts.Remove(put, outcome);
        if (wasHead) HeadLeftLocked(gate, TimeProvider.GetTimestamp());
        released.Add(put);
    }

    /// <summary>Takes every put out of the queue without committing any.</summary>
    private void RefuseAllLocked(PutOutcome outcome, ref ReleaseList released)
    {
        for (var gate = SoleMissingLocked(); _puts.Head is { } put; gate = null) RefuseLocked(put, outcome, gate, ref released);
    }

    /// <summary>Books the waiting of the put that was at the head of the queue, and starts that of the next.</summary>
    private void HeadLeftLocked(Member<T>? gate, long now)
    {
        if (gate is not null) gate.GatingTicks += now - _headSince;
        _headSince = now;
    }

    /// <summary>Whether the put at the head of the queue waits for this member.</summary>
    private bool IsMissingLocked(Member<T> member) =>
        _puts.Head is not null && member.Gates && _accepted - member.Position >= Window;

    /// <summary>The only member the put at the head of the queue waits for, or null.</summary>
    private Member<T>? SoleMissingLocked() =>
        _members.SoleSlowest() is { } slowest && IsMissingLocked(slowest) ? slowest : null;

    /// <summary>Whether every gating member has finished everything before a position.</summary>
    private bool IsFinishedLocked(long position) => _members.GatingCount == 0 || _members.Slowest >= position;

    /// <summary>Brings about everything that has become possible: the second half of every transition.</summary>
    /// <param name="gate">Who made it possible by finishing or leaving: the one a released put was waiting for.</param>
    /// <param name="released">Whom to release.</param>
    /// <remarks>
    /// <para>It ends by saying up to where values have to be finished for those who still wait (<see cref="_wanted"/>). If that is
    /// further than before, a reader may just have gone past it in its run without knowing, so everyone is looked at again.</para>
    /// <para>The fence stands between saying so and looking, as the reader's step is a fence between taking it and reading
    /// <see cref="_wanted"/>. One of the two sees the other: the step is noted here, or reported.</para>
    /// </remarks>
    private void SettleLocked(Member<T>? gate, ref ReleaseList released)
    {
        while (true)
        {
            SettleOnceLocked(gate, ref released);
            var before = _wanted;
            var wanted = WantedLocked();
            if (wanted != before) Volatile.Write(ref _wanted, wanted);
            if (wanted <= before || _runs == 0) return;
            Interlocked.MemoryBarrier();
            if (!FollowRunsLocked(out gate)) return;
        }
    }

    /// <summary>Brings about everything that has become possible, as far as is known.</summary>
    private void SettleOnceLocked(Member<T>? gate, ref ReleaseList released)
    {
        // Forget values before committing the next, so the ring never holds more than the window.
        _values.TrimTo(_members.GatingCount == 0 ? _accepted : _members.Needed);
        SettlePutsLocked(gate, ref released);
        if (!_sealed && (_state == StreamState.Faulted || (_state == StreamState.Closing && _puts.Head is null))) SealLocked(ref released);

        while (_flushes.First is { Value: var flush } && IsFinishedLocked(flush.Target))
        {
            _flushes.RemoveFirst();
            released.Add(flush);
        }

        if (_sealed && !_end.IsDecided && IsFinishedLocked(_accepted))
        {
            if (_state == StreamState.Closing) _state = StreamState.Closed;
            else _end.Error = NewFault();
            _end.IsDecided = true;
            released.Add(_end);
        }

    }

    /// <summary>The position up to which values have to be finished for someone to go on; zero when nobody waits.</summary>
    private long WantedLocked()
    {
        if (_state != StreamState.Open) return long.MaxValue;
        var byPuts = _puts.Head is null || _members.GatingCount == 0 ? 0 : _accepted - Window + 1;
        return Math.Max(byPuts, _flushes.Last?.Value.Target ?? 0);
    }

    /// <summary>Decides waiting puts in order until one has to go on waiting.</summary>
    private void SettlePutsLocked(Member<T>? gate, ref ReleaseList released)
    {
        while (_puts.Head is { } put && DecideHeadLocked() is var outcome && outcome != PutOutcome.Waiting)
        {
            if (outcome == PutOutcome.Committed)
            {
                CommitLocked(_puts.Remove(put, outcome), ref released);
                HeadLeftLocked(gate, TimeProvider.GetTimestamp());
                released.Add(put);
            }
            else
            {
                RefuseLocked(put, outcome, gate, ref released);
            }
        }
    }

    /// <summary>Nothing will ever commit again: reads get what is left, or the end.</summary>
    private void SealLocked(ref ReleaseList released)
    {
        _sealed = true;
        foreach (var member in _members.AsSpan())
        {
            if (member.WaitingRead is null) continue;
            var outcome = NextLocked(member, needed: 1);
            if (outcome == ReadOutcome.Value) ServeLocked(member, ref released);
            else EndReadLocked(member, outcome, ref released);
        }
    }

    /// <summary>A new exception for one receiver: instances are not shared, their stack traces would mix.</summary>
    /// <remarks>The error's own message is left to the inner exception: it is user code, and this may run under the lock.</remarks>
    internal StreamFaultedException NewFault() => new($"Stream '{Name}' has faulted; the inner exception says why.", _fault);

    /// <summary>What holds whenever the lock is free. The numbers refer to <c>DESIGN.md</c>.</summary>
    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        _members.AssertInvariants();
        Debug.Assert(_puts.Head is null == (_puts.Count == 0), "The head and the count of the queue must agree.");
        if (_members.GatingCount > 0)
        {
            Debug.Assert(_accepted - _members.Slowest <= Window, "I1: no more than the window may be unfinished.");
            Debug.Assert(_values.Start == _members.Needed && _values.End == _accepted, "I2: exactly the values someone may still take are kept.");
        }
        else
        {
            Debug.Assert(_values.Start == _values.End, "I2: with nobody to finish them, no values are kept.");
        }

        Debug.Assert(_puts.Head is null || DecideHeadLocked() == PutOutcome.Waiting, "I3: a put waits only while it has to.");
        Debug.Assert(_puts.Head is null || _state is StreamState.Open or StreamState.Closing, "I4: no put waits in an ended stream.");
        Debug.Assert(_sealed == (_state is StreamState.Faulted or StreamState.Closed || (_state == StreamState.Closing && _puts.Head is null)), "I5: sealed means that nothing can commit any more.");
        Debug.Assert(_end.IsDecided == (_sealed && IsFinishedLocked(_accepted)), "I6: the end is announced exactly when everything is finished.");
        Debug.Assert((_state == StreamState.Closed) == (_end.IsDecided && _fault is null), "I6: a drained stream without a fault is closed.");
        Debug.Assert(_flushes.First is null || !IsFinishedLocked(_flushes.First.Value.Target), "I7: a flush waits only while it has to.");
        Debug.Assert(_wanted >= WantedLocked(), "I9: what someone waits for is reported.");
        Debug.Assert(_waitingReads == Count(static member => member.WaitingRead is not null), "The number of waiting reads must be the kept one.");
        Debug.Assert(_runs == Count(static member => member.HasRun), "The number of runs must be the kept one.");
        foreach (var member in _members.AsSpan())
        {
            Debug.Assert(!member.HasRun || (member.Held == 1 && member.RunProgress >= member.Position && member.RunProgress < _accepted), "I10: a run lies within the accepted values.");
            if (member.WaitingRead is not { } reader) continue;
            Debug.Assert(!_sealed, "I8: no read waits for an ended stream.");
            Debug.Assert(member.Held == 0, "I8: who waits for a value holds none.");
            Debug.Assert(AvailableLocked(member) < (_state == StreamState.Open ? reader.Needed : 1), "I8: a read waits only while it has to.");
        }
    }

    private int Count(Func<Member<T>, bool> isCounted)
    {
        var count = 0;
        foreach (var member in _members.AsSpan())
            if (isCounted(member)) count++;
        return count;
    }
}
