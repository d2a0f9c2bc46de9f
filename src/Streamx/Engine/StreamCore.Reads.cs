using System.Runtime.CompilerServices;

namespace Streamx.Engine;

/// <content>Reads: finishing what is in hand, and taking what comes next, one by one or as a run.</content>
internal sealed partial class StreamCore<T>
{
    /// <summary>
    /// Finishes what the reader has in hand and gives it what comes next, or makes it wait until enough values are there.
    /// </summary>
    internal ValueTask<bool> Read(SubscriptionReader<T> reader)
    {
        ReleaseList released = default;
        ReadOutcome outcome;
        int finished;
        Interleaving.Point("read");
        using (Enter())
        {
            AssertInvariants();
            // Either means that another read of this enumerator is under way: one that waits, or one that has just been given a run.
            if ((reader.Member.HasRun && reader.IsInRun) || !reader.TryBegin())
                return ValueTask.FromException<bool>(SubscriptionReader<T>.ReadUnderWay());
            var member = reader.Member;
            finished = FinishLocked(member, ref released);
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

        released.ReleaseAll(_continuations, _inline);
        if (reader.Observer is not null) reader.NotifyObserver(finished, outcome);
        return reader.AsTask(outcome);
    }

    /// <summary>Whether a reader that has finished the value at a position within its run has to call <see cref="Report"/>.</summary>
    internal bool IsAwaited(long position) => position < Volatile.Read(ref _awaited.Position);

    /// <summary>Notes that a reader has advanced in its run, which a waiter awaits.</summary>
    internal void Report(Member<T> member)
    {
        ReleaseList released = default;
        Interleaving.Point("report");
        using (Enter())
        {
            AssertInvariants();
            if (FollowRunLocked(member)) SettleLocked(gate: member, ref released);
        }

        released.ReleaseAll(_continuations, _inline);
    }

    /// <summary>Notes when a member got what it has in hand, in its run: without the lock.</summary>
    internal void NoteHeld(Member<T> member) => member.HeldSince = _clock.RecentOutside;

    /// <summary>
    /// Notes that values which a member has in hand are settled otherwise than by handling them: the next read finishes them.
    /// </summary>
    /// <returns>False if the member has left: they count as abandoned.</returns>
    internal bool TrySettleOtherwise(Member<T> member, int count)
    {
        ReleaseList released = default;
        Interleaving.Point("settle otherwise");
        using (Enter())
        {
            AssertInvariants();
            if (member.HasLeft) return false;
            if (FollowRunLocked(member)) SettleLocked(gate: member, ref released);
            member.SettleOtherwise(count);
        }

        // The caller counts under a lock of its own, under which no continuation may run.
        released.ReleaseAll(_continuations, allowInline: false);
        return true;
    }

    /// <summary>Ends the wait of a batch for more values: its read gets those that are there.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="since">When the wait to be ended began. A later wait goes on.</param>
    internal void EndWaitForMore(BatchReader<T> reader, long since)
    {
        ReleaseList released = default;
        Interleaving.Point("end wait for more");
        using (Enter())
        {
            AssertInvariants();
            if (reader.FillingSince == since && reader.Member.WaitingRead == reader && AvailableLocked(reader.Member) > 0)
                ServeLocked(reader.Member, ref released);
        }

        released.ReleaseAll(_continuations, _inline);
    }

    /// <summary>How many values a member could take now.</summary>
    private long AvailableLocked(Member<T> member) =>
        member.Gates ? _accepted - member.NextToTake : member.HasNewest ? 1 : 0;

    /// <summary>The outcome of a read made now.</summary>
    private ReadOutcome NextLocked(Member<T> member, int needed)
    {
        if (member.HasLeft && !member.ReachedEnd) return ReadOutcome.Left;
        if (!member.JoinedAfterEnd && !member.ReachedEnd)
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

    /// <summary>Gives a reader as many values as it takes.</summary>
    private void TakeLocked(Member<T> member, SubscriptionReader<T> reader)
    {
        var count = (int)Math.Min(AvailableLocked(member), Math.Min(reader.Limit, RoomLocked(member)));
        var position = member.NextToTake;
        reader.NoteTaken(position, count);
        if (count == 0) return; // The read takes none.
        var now = _clock.Recent;
        member.Unfinished?.Add(position, count, member.Position, now);
        if (member.Unfinished is { BeginsLater: true }) member.NotBegun += count;
        else member.Held += count;
        member.HeldSince = now;
        if (!member.Gates)
        {
            reader.AcceptNewest(member.Newest);
            member.Newest = default!;
            member.HasNewest = false;
            return;
        }

        reader.Accept(_values, position, count);
        var run = 0;
        if (reader.RunLimit > 0 && _awaited.Position != long.MaxValue) run = (int)Math.Min(AvailableLocked(member), reader.RunLimit);
        if (run > 0)
        {
            reader.AcceptRun(_values, member.Position, run);
            member.BeginRun();
            _runs++;
        }

        _members.Take(member, position + count + run);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) _values.TrimTo(_members.OldestNeeded);
    }

    /// <summary>Revokes the run of a member, if it has one, and notes its progress. Returns whether the member moved.</summary>
    private bool EndRunLocked(Member<T> member)
    {
        if (!member.HasRun) return false;
        _runs--;
        return AdvanceLocked(member, member.EndRun());
    }

    /// <summary>Notes the progress of a member in its run. The caller has to settle if this returns true.</summary>
    private bool FollowRunLocked(Member<T> member) => member.HasRun && AdvanceLocked(member, member.RunProgress);

    /// <summary>Moves a member forward to the value it has in hand.</summary>
    private bool AdvanceLocked(Member<T> member, long position)
    {
        var finished = position - member.Position;
        if (finished == 0) return false;
        member.Finished += finished;
        _members.Advance(member, finished);
        return true;
    }

    /// <summary>Notes the progress of every run. The caller has to settle if this returns true.</summary>
    /// <param name="gate">Of the members that moved, one the waiting put was waiting for.</param>
    private bool FollowRunsLocked(out Member<T>? gate)
    {
        gate = null;
        if (_runs == 0) return false;
        var moved = false;
        foreach (var member in _members.AsSpan())
        {
            var wasGating = IsGatingLocked(member);
            if (!FollowRunLocked(member)) continue;
            moved = true;
            // If there are several, any will do: they are noted at the same time.
            if (wasGating) gate = member;
        }

        return moved;
    }

    /// <summary>Notes the progress of every run, and settles. Returns whether a member had moved.</summary>
    private bool CatchUpLocked(ref ReleaseList released)
    {
        if (!FollowRunsLocked(out var gate)) return false;
        SettleLocked(gate, ref released);
        return true;
    }

    /// <summary>A member asks for more, which finishes what it has in hand.</summary>
    /// <returns>How many values that was.</returns>
    private int FinishLocked(Member<T> member, ref ReleaseList released)
    {
        var moved = EndRunLocked(member);
        var finished = member.Held;
        if (finished > 0)
        {
            member.Finished += finished;
            moved |= _members.Advance(member, finished);
            member.Held = 0;
        }

        if (moved) SettleLocked(gate: member, ref released);
        else if (finished > 0) NoteSoleGatingLocked();
        return finished;
    }
}
