using System.Runtime.CompilerServices;

namespace Streamx.Engine;

/// <content>Puts: made, queued, committed, refused.</content>
internal sealed partial class StreamCore<T>
{
    /// <summary>Commits the value, or queues the put behind those already waiting.</summary>
    /// <param name="value">The value.</param>
    /// <param name="observer">Observes the put; null for the stream's own observer, if it has one.</param>
    /// <param name="cancellationToken">Withdraws the put.</param>
    internal ValueTask Put(T value, PutObserver? observer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        observer ??= _observer;
        var trace = observer?.Begin();
        ReleaseList released = default;
        PutWaiter<T>? waiter = null;
        PutOutcome outcome;
        Interleaving.Point("put");
        using (EnterToPut(count: 1))
        {
            AssertInvariants();
            outcome = AdmitLocked();
            if (outcome == PutOutcome.Waiting && CatchUpLocked(ref released)) outcome = AdmitLocked();
            if (outcome == PutOutcome.Committed)
            {
                if (trace is not null) observer!.CommittingLocked(_accepted, trace);
                observer?.CountLocked(1);
                CommitLocked(value, ref released);
            }
            else if (outcome == PutOutcome.Waiting)
            {
                waiter = QueueLocked(value, observer, trace, cancellationToken);
                UpdateAwaitedPositionLocked(ref released);
            }
        }

        released.ReleaseAll(_continuations, _inline);
        if (waiter is not null) return waiter.AsTask();
        var error = outcome == PutOutcome.Committed ? null : PutError(outcome);
        observer?.Ended(trace, wait: default, error);
        return error is null ? default : ValueTask.FromException(error);
    }

    /// <summary>Commits the value if it need not wait.</summary>
    /// <param name="value">The value.</param>
    /// <param name="observer">As for <see cref="Put"/>.</param>
    internal bool TryPut(T value, PutObserver? observer = null)
    {
        observer ??= _observer;
        var trace = observer?.Begin();
        ReleaseList released = default;
        bool committed;
        Interleaving.Point("try-put");
        using (EnterToPut(count: 1))
        {
            AssertInvariants();
            committed = AdmitLocked() == PutOutcome.Committed || (CatchUpLocked(ref released) && AdmitLocked() == PutOutcome.Committed);
            if (committed)
            {
                if (trace is not null) observer!.CommittingLocked(_accepted, trace);
                observer?.CountLocked(1);
                CommitLocked(value, ref released);
            }
        }

        released.ReleaseAll(_continuations, _inline);
        if (committed) observer?.Ended(trace, wait: default, error: null);
        else observer?.Forget(trace);
        return committed;
    }

    /// <summary>Withdraws a put if it still waits.</summary>
    internal void CancelPut(PutWaiter<T> waiter)
    {
        ReleaseList released = default;
        Interleaving.Point("cancel put");
        using (Enter())
        {
            AssertInvariants();
            if (waiter.Outcome != PutOutcome.Waiting) return;
            var wasHead = waiter == _puts.Head;
            RefuseLocked(waiter, PutOutcome.Cancelled, wasHead ? SoleGatingMemberLocked() : null, ref released);
            SettleLocked(gate: null, ref released);
        }

        released.ReleaseAll(_continuations, _inline);
    }

    /// <summary>Takes back a waiter whose result has been taken.</summary>
    internal void Return(PutWaiter<T> waiter)
    {
        if (_puts.TryKeep(waiter)) return;
        using (_lock.Enter()) _puts.Return(waiter);
    }

    /// <summary>The exception for the caller of a put with this outcome.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="accepted">How many values of a put of many were accepted.</param>
    /// <param name="count">How many it has; zero for a put of one.</param>
    internal Exception PutError(PutOutcome outcome, int accepted = 0, int count = 0)
    {
        var refused = count == 0 ? "the value was not accepted" : $"it accepted {accepted} of {count} values";
        return outcome switch
        {
            PutOutcome.Faulted => NewFault(accepted),
            PutOutcome.NoSubscribers => new InvalidOperationException(
                $"Stream '{Name}' has no subscription, and its WhenNoSubscribers is Throw: {refused}."),
            _ => new StreamClosedException($"Stream '{Name}' is closed: {refused}.") { Origin = this, AcceptedCount = accepted },
        };
    }

    /// <summary>Takes the lock for a put, having read the clock if the put may have to wait, or if other operations wait.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private YieldingSpinLock.Scope EnterToPut(int count) => _clock.IsSystem ? _lock.Enter() : EnterToPutByOtherClock(count);

    /// <summary>As <see cref="EnterToPut"/>, where reading the clock runs user code: not under the lock, and only if needed.</summary>
    private YieldingSpinLock.Scope EnterToPutByOtherClock(int count)
    {
        if (MayPutTakeTime(count)) return Enter();
        var scope = _lock.Enter();
        if (!MayPutTakeTime(count)) return scope;
        // The check without the lock is outdated: another transition came first. The last reading of the clock may be old.
        scope.Dispose();
        return Enter();
    }

    /// <summary>Whether a put of so many values may begin a wait, or end one.</summary>
    private bool MayPutTakeTime(int count) =>
        _puts.Head is not null || _waitingReads > 0 || _members.GatingCount == 0 || _accepted - _members.MinimumPosition + count > Window;

    /// <summary>What happens to a put made now.</summary>
    private PutOutcome AdmitLocked()
    {
        if (_state == StreamState.Faulted) return PutOutcome.Faulted;
        if (_state != StreamState.Open) return PutOutcome.Closed;
        // First come, first served, whatever room there is.
        return _puts.Head is null ? DecideHeadLocked() : PutOutcome.Waiting;
    }

    /// <summary>What happens to the put at the head of the queue.</summary>
    private PutOutcome DecideHeadLocked()
    {
        if (_members.GatingCount > 0) return _accepted - _members.MinimumPosition < Window ? PutOutcome.Committed : PutOutcome.Waiting;
        if (_whenNoSubscribers == NoSubscribers.Discard) return PutOutcome.Committed;
        // No subscription can join a closing stream: the put would wait for ever.
        if (_state == StreamState.Closing) return PutOutcome.Closed;
        return _whenNoSubscribers == NoSubscribers.Throw ? PutOutcome.NoSubscribers : PutOutcome.Waiting;
    }

    /// <summary>Queues a put.</summary>
    private PutWaiter<T> QueueLocked(T value, PutObserver? observer, object? trace, CancellationToken cancellationToken)
    {
        var now = _clock.Now;
        var isHead = _puts.Head is null;
        var waiter = _puts.Enqueue(this, value, now, cancellationToken);
        QueuedLocked(waiter, isHead, observer, trace, now);
        return waiter;
    }

    /// <summary>Begins the waiting of a put that has just been queued.</summary>
    private void QueuedLocked(PutWaiter<T> waiter, bool isHead, PutObserver? observer, object? trace, long now)
    {
        if (isHead) HeadArrivedLocked(now);
        if (observer is null) return;
        waiter.Observer = observer;
        waiter.Trace = trace;
        observer.QueuedLocked(isHead, now);
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

        OfferLocked(value, count: 1, ref released);
    }

    /// <summary>Passes values that have just committed to waiting reads and to <c>Latest</c> members.</summary>
    /// <param name="newest">The last of them.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="released">The waiters to release.</param>
    private void OfferLocked(T newest, int count, ref ReleaseList released)
    {
        if (_waitingReads == 0 && _members.GatingCount == _members.Count) return; // No member waits for them.
        foreach (var member in _members.AsSpan())
        {
            if (!member.Gates) OfferNewestLocked(member, newest, count);
            if (member.WaitingRead is { } reader && AvailableLocked(member) >= reader.Needed && RoomLocked(member) > 0)
                ServeLocked(member, ref released);
        }
    }

    /// <summary>Replaces the value that waits for a <c>Latest</c> member, and counts those that it jumps over.</summary>
    private void OfferNewestLocked(Member<T> member, T newest, int count)
    {
        var overtaken = member.HasNewest ? count : count - 1;
        member.Overtaken += overtaken;
        _members.Advance(member, overtaken);
        member.Newest = newest;
        member.HasNewest = true;
    }

    /// <summary>Takes a put out of the queue without committing it.</summary>
    private void RefuseLocked(PutWaiter<T> put, PutOutcome outcome, Member<T>? gate, ref ReleaseList released)
    {
        var wasHead = put == _puts.Head;
        _puts.Remove(put, outcome);
        if (wasHead) HeadLeftLocked(put, gate, _clock.Now);
        else put.Observer?.LeftQueueLocked(wasHead: false, _clock.Now);
        released.Add(put);
    }

    /// <summary>Takes every put out of the queue without committing any.</summary>
    private void RefuseAllLocked(PutOutcome outcome, ref ReleaseList released)
    {
        for (var gate = SoleGatingMemberLocked(); _puts.Head is { } put; gate = null) RefuseLocked(put, outcome, gate, ref released);
    }
}
