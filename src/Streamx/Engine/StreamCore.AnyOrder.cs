namespace Streamx.Engine;

/// <content>Members that finish their values in any order.</content>
internal sealed partial class StreamCore<T>
{
    /// <summary>Lets a member take several values and finish them in any order. Before it is read.</summary>
    internal void AllowAnyOrder(Member<T> member, int max)
    {
        using (_lock.Enter()) member.Unfinished = new UnfinishedValues(max);
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

    /// <summary>Finishes one value of a member.</summary>
    /// <returns>False if the member has left.</returns>
    internal bool Finish(Member<T> member, long position)
    {
        ReleaseList released = default;
        long takenAt;
        Interleaving.Point("finish");
        using (Enter())
        {
            AssertInvariants();
            if (member.HasLeft) return false;
            var unfinished = member.Unfinished!;
            if (!unfinished.Contains(position, member.Position))
            {
                throw new InvalidOperationException(
                    $"Subscription '{member.Name}' of stream '{Name}' has no unfinished value at position {position}.");
            }

            takenAt = unfinished.TakenAt(position);
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

        released.ReleaseAll(_continuations, _inline);
        member.Observer?.FinishedOne(position, takenAt);
        return true;
    }

    /// <summary>Whether a member may take another value, if there is one.</summary>
    private static bool MayTakeLocked(Member<T> member) => member.Unfinished is not { } unfinished || member.Held < unfinished.Max;
}
