namespace Streamx.Engine;

/// <content>Members that finish their values in any order.</content>
internal sealed partial class StreamCore<T>
{
    /// <summary>Lets a member take several values and finish them in any order. Before it is read.</summary>
    internal void AllowAnyOrder(Member<T> member, int max, bool beginsLater)
    {
        using (_lock.Enter()) member.Unfinished = new UnfinishedValues(max, beginsLater);
    }

    /// <summary>Gives a reader the next value and finishes none, or makes it wait until there is one and it may take it.</summary>
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
            if (outcome == ReadOutcome.Value && !MayTakeLocked(member)) outcome = ReadOutcome.Waiting;
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

    /// <summary>Begins one value of a member: from now on it is in hand.</summary>
    /// <param name="member">The member.</param>
    /// <param name="position">The position of the value.</param>
    /// <param name="reading">What <see cref="ReadClock"/> has just returned.</param>
    /// <param name="heldSince">The time from which on it is in hand.</param>
    /// <returns>False if the member has left.</returns>
    internal bool Begin(Member<T> member, long position, long reading, out long heldSince)
    {
        heldSince = 0;
        Interleaving.Point("begin");
        using (_lock.Enter())
        {
            _clock.Set(reading);
            AssertInvariants();
            if (member.HasLeft) return false;
            var unfinished = member.Unfinished!;
            if (!unfinished.Contains(position, member.Position) || unfinished.IsInHand(position, member.Position))
                throw NoSuchValue(member, position, "value that is not begun");
            heldSince = _clock.Recent;
            unfinished.Begin(position, heldSince);
            member.NotBegun--;
            member.Held++;
            return true;
        }
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
            var unfinished = member.Unfinished!;
            if (!unfinished.IsInHand(position, member.Position)) throw NoSuchValue(member, position, "value in hand");
            heldSince = unfinished.HeldSince(position);
            if (isSettledOtherwise) member.SettleOtherwise();
            var moves = unfinished.Finish(position, member.Position);
            member.Held--;
            member.Finished++;
            member.FinishedAhead += 1 - moves;
            var minimumMoves = moves > 0 && _members.Advance(member, moves);
            // The read may have waited for this, also if it makes no room for a put.
            if (member.WaitingRead is not null && AvailableLocked(member) > 0) ServeLocked(member, ref released);
            if (minimumMoves) SettleLocked(gate: member, ref released);
            else if (moves > 0) NoteSoleGatingLocked();
        }

        // One that settles values otherwise counts them under a lock of its own, under which no continuation may run.
        released.ReleaseAll(_continuations, _inline && !isSettledOtherwise);
        member.Observer?.FinishedOne(position, heldSince);
        return true;
    }

    /// <summary>The position of a member.</summary>
    internal long PositionOf(Member<T> member)
    {
        using (_lock.Enter()) return member.Position;
    }

    /// <summary>Whether a member may take another value, if there is one.</summary>
    private static bool MayTakeLocked(Member<T> member) =>
        member.Unfinished is not { } unfinished || member.Held + member.NotBegun < unfinished.Max;

    private InvalidOperationException NoSuchValue(Member<T> member, long position, string what) =>
        new($"Subscription '{member.Name}' of stream '{Name}' has no {what} at position {position}.");
}
