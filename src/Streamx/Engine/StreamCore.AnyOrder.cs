namespace Streamx.Engine;

/// <content>Members that finish their values in any order.</content>
internal sealed partial class StreamCore<T>
{
    /// <summary>Lets a member take several values and finish them in any order. Before it is read.</summary>
    internal void AllowAnyOrder(Member<T> member, int max, bool beginsLater)
    {
        using (_lock.Enter()) member.Unfinished = new UnfinishedValues(max, beginsLater);
    }

    /// <summary>Gives a reader what comes next and finishes none, or makes it wait until there is a value and it may take it.</summary>
    internal ValueTask<bool> ReadNext(ConcurrentReader<T> reader)
    {
        ReadOutcome outcome;
        Interleaving.Point("read next");
        using (Enter())
        {
            AssertInvariants();
            if (!reader.TryBegin()) return ValueTask.FromException<bool>(SubscriptionReader<T>.ReadUnderWay());
            var member = reader.Member;
            outcome = NextLocked(member, needed: 1);
            if (outcome == ReadOutcome.Value && RoomLocked(member) == 0) outcome = ReadOutcome.Waiting;
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

        if (reader.Observer is not null) reader.NotifyObserver(finished: 0, outcome);
        return reader.AsTask(outcome);
    }

    /// <summary>Reads the clock for a transition whose caller holds a lock of its own: it may be user code.</summary>
    internal long ReadClock() => _clock.Read();

    /// <summary>Finishes some values of a member and begins others, in one transition.</summary>
    /// <param name="member">The member.</param>
    /// <param name="finished">The positions of the values to finish.</param>
    /// <param name="begun">The positions of the values to begin: from now on they are in hand.</param>
    /// <param name="reading">What <see cref="ReadClock"/> has just returned.</param>
    /// <param name="heldSince">The time from which on the begun values are in hand.</param>
    /// <param name="released">Gets the waiters that this releases.</param>
    /// <returns>False if the member has left.</returns>
    internal bool FinishThenBegin(
        Member<T> member,
        ReadOnlySpan<long> finished,
        ReadOnlySpan<long> begun,
        long reading,
        out long heldSince,
        ref ReleaseList released)
    {
        heldSince = 0;
        Interleaving.Point("finish then begin");
        using (_lock.Enter())
        {
            _clock.Set(reading);
            AssertInvariants();
            if (member.HasLeft) return false;
            // All or nothing: a waiter that is released must not be lost with an exception.
            foreach (var position in finished) CheckInHand(member, position);
            foreach (var position in begun) CheckNotBegun(member, position);
            foreach (var position in finished) FinishLocked(member, position, ref released);
            heldSince = _clock.Recent;
            foreach (var position in begun) member.Unfinished!.Begin(position, heldSince);
            member.NotBegun -= begun.Length;
            member.Held += begun.Length;
            return true;
        }
    }

    /// <summary>Releases what a transition under the caller's own lock has decided, once that is free.</summary>
    internal void Release(ref ReleaseList released) => released.ReleaseAll(_continuations, _inline);

    /// <summary>Runs a continuation that is not that of a waiter of the stream, as those are run.</summary>
    internal void Queue(AwaitedWaiter due)
    {
        _continuations.Add(due);
        _continuations.Request();
    }

    /// <summary>Finishes one value of a member.</summary>
    /// <param name="member">The member.</param>
    /// <param name="position">The position of the value.</param>
    /// <param name="isSettledOtherwise">Whether it was settled otherwise than by handling it.</param>
    /// <returns>False if the member has left.</returns>
    internal bool Finish(Member<T> member, long position, bool isSettledOtherwise)
    {
        ReleaseList released = default;
        long heldSince;
        Interleaving.Point("finish");
        using (Enter())
        {
            AssertInvariants();
            if (member.HasLeft) return false;
            CheckInHand(member, position);
            heldSince = member.Unfinished!.HeldSince(position);
            if (isSettledOtherwise) member.SettleOtherwise();
            FinishLocked(member, position, ref released);
        }

        // One that settles values otherwise counts them under a lock of its own, under which no continuation may run.
        released.ReleaseAll(_continuations, _inline && !isSettledOtherwise);
        member.Observer?.FinishedOne(position, heldSince);
        return true;
    }

    private void FinishLocked(Member<T> member, long position, ref ReleaseList released)
    {
        var moves = member.Unfinished!.Finish(position, member.Position);
        member.Held--;
        member.Finished++;
        member.FinishedAhead += 1 - moves;
        var minimumMoves = moves > 0 && _members.Advance(member, moves);
        // The read may have waited for this, also if it makes no room for a put.
        if (member.WaitingRead is not null && AvailableLocked(member) > 0) ServeLocked(member, ref released);
        if (minimumMoves) SettleLocked(gate: member, ref released);
        else if (moves > 0) NoteSoleGatingLocked();
    }

    /// <summary>The position of a member.</summary>
    internal long PositionOf(Member<T> member)
    {
        using (_lock.Enter()) return member.Position;
    }

    /// <summary>How many more values a member may take, if they are there.</summary>
    private static int RoomLocked(Member<T> member) =>
        member.Unfinished is { } unfinished ? unfinished.Max - member.Held - member.NotBegun : int.MaxValue;

    private void CheckInHand(Member<T> member, long position)
    {
        if (!member.Unfinished!.IsInHand(position, member.Position)) throw NoSuchValue(member, position, "value in hand");
    }

    private void CheckNotBegun(Member<T> member, long position)
    {
        if (!member.Unfinished!.Contains(position, member.Position) || member.Unfinished.IsInHand(position, member.Position))
            throw NoSuchValue(member, position, "value that is not begun");
    }

    private InvalidOperationException NoSuchValue(Member<T> member, long position, string what) =>
        new($"Subscription '{member.Name}' of stream '{Name}' has no {what} at position {position}.");
}
