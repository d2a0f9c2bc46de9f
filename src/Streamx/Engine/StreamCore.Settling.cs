namespace Streamx.Engine;

/// <content>Settling: the second half of every transition.</content>
internal sealed partial class StreamCore<T>
{
    /// <summary>Decides every waiter that can be decided now: the second half of every transition.</summary>
    /// <param name="gate">The member that made it possible by finishing or leaving: the one a released put was waiting for.</param>
    /// <param name="released">The waiters to release.</param>
    private void SettleLocked(Member<T>? gate, ref ReleaseList released)
    {
        SettleOnceLocked(gate, ref released);
        UpdateAwaitedPositionLocked(ref released);
    }

    /// <summary>Updates the position up to which readers report their steps (<see cref="_awaited"/>).</summary>
    /// <remarks>
    /// <para>When it grows, a reader may just have passed it in its run without reporting, so the progress of every run is read
    /// again.</para>
    /// <para>The fence stands between the write and these reads; the reader's step is a fence between the step and its read of
    /// <see cref="_awaited"/>. One of the two sees the other: the step is noted here, or reported.</para>
    /// </remarks>
    private void UpdateAwaitedPositionLocked(ref ReleaseList released)
    {
        while (true)
        {
            var before = _awaited.Position;
            var wanted = AwaitedPositionLocked();
            if (wanted != before) Volatile.Write(ref _awaited.Position, wanted);
            if (wanted <= before || _runs == 0) return;
            Interlocked.MemoryBarrier();
            if (!FollowRunsLocked(out var gate)) return;
            SettleOnceLocked(gate, ref released);
        }
    }

    /// <summary>Decides what can be decided, without the steps in runs that have not been noted.</summary>
    private void SettleOnceLocked(Member<T>? gate, ref ReleaseList released)
    {
        // Remove values before committing the next, so the ring never holds more than the window.
        _values.TrimTo(_members.GatingCount == 0 ? _accepted : _members.OldestNeeded);
        SettlePutsLocked(gate, ref released);
        NoteSoleGatingLocked();
        if (_flushes.Count > 0) SettleFlushesLocked(ref released);
        if (_state != StreamState.Open) SettleEndLocked(ref released);
    }

    /// <summary>Releases the flushes that have been reached.</summary>
    private void SettleFlushesLocked(ref ReleaseList released)
    {
        while (_flushes.First is { Value: var flush } && IsFinishedLocked(flush.Target))
        {
            _flushes.RemoveFirst();
            released.Add(flush);
        }
    }

    /// <summary>Seals the stream if nothing can commit any more, and announces the end once everything is finished.</summary>
    private void SettleEndLocked(ref ReleaseList released)
    {
        if (!_sealed && (_state == StreamState.Faulted || (_state == StreamState.Closing && _puts.Head is null))) SealLocked(ref released);
        if (!_sealed || _end.IsDecided || !IsFinishedLocked(_accepted)) return;
        if (_state == StreamState.Closing) _state = StreamState.Closed;
        else _end.Error = NewFault();
        _end.IsDecided = true;
        released.Add(_end);
    }

    /// <summary>The position up to which values have to be finished for a waiter to go on; zero when there is none.</summary>
    private long AwaitedPositionLocked()
    {
        if (_state != StreamState.Open) return long.MaxValue;
        var byPuts = _puts.Head is null || _members.GatingCount == 0 ? 0 : _accepted - Window + 1;
        return Math.Max(byPuts, _flushes.Last?.Value.Target ?? 0);
    }

    /// <summary>Decides waiting puts in order until one has to go on waiting.</summary>
    private void SettlePutsLocked(Member<T>? gate, ref ReleaseList released)
    {
        long? now = null;
        while (_puts.Head is { } put && DecideHeadLocked() is var outcome && outcome != PutOutcome.Waiting)
        {
            // One time for all that are released together: if this thread is preempted here, that is not their wait.
            if (outcome == PutOutcome.Committed && put.Count > 0)
            {
                CommitHeadLocked(put, gate, now ??= _clock.Now, ref released);
            }
            else if (outcome == PutOutcome.Committed)
            {
                now ??= _clock.Now;
                var value = _puts.Remove(put, outcome);
                // Booked before the commit changes which members it was waiting for.
                HeadLeftLocked(put, gate, now.Value);
                if (put.Trace is { } trace) put.Observer!.CommittingLocked(_accepted, trace);
                put.Observer?.CountLocked(1);
                CommitLocked(value, ref released);
                released.Add(put);
            }
            else
            {
                RefuseLocked(put, outcome, gate, ref released);
            }

            // Puts behind it had not been waiting for a member.
            gate = null;
        }
    }

    /// <summary>No value can commit any more: reads get what is left, or the end.</summary>
    private void SealLocked(ref ReleaseList released)
    {
        _sealed = true;
        foreach (var member in _members.AsSpan())
        {
            // A read that waits until a value is finished goes on when that happens.
            if (member.WaitingRead is null || (AvailableLocked(member) > 0 && RoomLocked(member) == 0)) continue;
            var outcome = NextLocked(member, needed: 1);
            if (outcome == ReadOutcome.Value) ServeLocked(member, ref released);
            else EndReadLocked(member, outcome, ref released);
        }
    }

    /// <summary>Whether every gating member has finished everything before a position.</summary>
    private bool IsFinishedLocked(long position) => _members.GatingCount == 0 || _members.MinimumPosition >= position;
}
