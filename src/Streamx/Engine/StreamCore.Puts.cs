using System.Runtime.CompilerServices;

namespace Streamx.Engine;

/// <content>Puts: made, queued, committed, refused.</content>
internal sealed partial class StreamCore<T>
{
    /// <summary>Commits the value, or queues the put behind those already waiting.</summary>
    internal ValueTask Put(T value, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        ReleaseList released = default;
        PutWaiter<T>? waiter = null;
        PutOutcome outcome;
        Interleaving.Point("put");
        using (EnterToPut())
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
                var now = _clock.Now;
                if (_puts.Head is null) _headSince = now;
                waiter = _puts.Enqueue(this, value, now, cancellationToken);
                WatchLocked(ref released);
            }
        }

        released.ReleaseAll(_continuations, _inline);
        if (outcome == PutOutcome.Committed) return default;
        return waiter is null ? ValueTask.FromException(PutError(outcome)) : waiter.AsTask();
    }

    /// <summary>Commits the value if nothing stands in its way.</summary>
    internal bool TryPut(T value)
    {
        ReleaseList released = default;
        bool committed;
        Interleaving.Point("try-put");
        using (EnterToPut())
        {
            AssertInvariants();
            committed = AdmitLocked() == PutOutcome.Committed || (CatchUpLocked(ref released) && AdmitLocked() == PutOutcome.Committed);
            if (committed) CommitLocked(value, ref released);
        }

        released.ReleaseAll(_continuations, _inline);
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
            RefuseLocked(waiter, PutOutcome.Cancelled, wasHead ? SoleMissingLocked() : null, ref released);
            SettleLocked(gate: null, ref released);
        }

        released.ReleaseAll(_continuations, _inline);
    }

    /// <summary>Takes back a waiter whose result has been taken.</summary>
    internal void Return(PutWaiter<T> waiter)
    {
        if (_puts.TryKeep(waiter)) return;
        using (_gate.Enter()) _puts.Return(waiter);
    }

    /// <summary>What the caller of a put with this outcome gets thrown.</summary>
    internal Exception PutError(PutOutcome outcome) => outcome switch
    {
        PutOutcome.Faulted => NewFault(),
        PutOutcome.NoSubscribers => new InvalidOperationException($"Nobody is subscribed to stream '{Name}', and its WhenNoSubscribers is Throw."),
        _ => new StreamClosedException($"Stream '{Name}' is closed: the value was not accepted.") { Origin = this },
    };

    /// <summary>Takes the lock for a put, having asked the clock only if it looks as if the put has to wait, or as if others do.</summary>
    /// <remarks>A look without the lock, so it may be wrong; a wait is then measured from a little before it began.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Gate.Scope EnterToPut() => _clock.IsSystem || !(_puts.Head is not null || _members.GatingCount == 0 || _accepted - _members.Slowest >= Window)
        ? _gate.Enter()
        : Enter();

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

    /// <summary>Takes a put out of the queue without committing it.</summary>
    private void RefuseLocked(PutWaiter<T> put, PutOutcome outcome, Member<T>? gate, ref ReleaseList released)
    {
        var wasHead = put == _puts.Head;
        _puts.Remove(put, outcome);
        if (wasHead) HeadLeftLocked(gate, _clock.Now);
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
}
