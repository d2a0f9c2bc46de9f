using System.Runtime.CompilerServices;

namespace Streamx.Engine;

/// <content>Reads: finishing what is in hand, and taking what comes next, one by one or as a run.</content>
internal sealed partial class StreamCore<T>
{
    /// <summary>
    /// Finishes what the reader has in hand and gives it what comes next, or has it wait until as much as it needs is there.
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
            // Either says that another read of this enumerator has not ended: one that waits, or one that has just been given a run.
            if ((reader.Member.HasRun && reader.IsInRun) || !reader.TryBegin())
                return ValueTask.FromException<bool>(new InvalidOperationException("A read of this enumerator is still going on. Await it before the next one."));
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
        if (reader.Observer is not null) reader.TellObserver(finished, outcome);
        return reader.AsTask(outcome);
    }

    /// <summary>Whether a reader that has finished the value at a position within its run has to say so with <see cref="Report"/>.</summary>
    internal bool IsWanted(long position) => position < Volatile.Read(ref _wanted);

    /// <summary>A reader has advanced in its run, and someone waits for that.</summary>
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

    /// <summary>Gives a waiting read what is there, if anything, though it would have waited for more.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="since">When the wait to be ended began. A later wait is left alone.</param>
    internal void EndWaitForMore(BatchReader<T> reader, long since)
    {
        ReleaseList released = default;
        Interleaving.Point("end wait for more");
        using (Enter())
        {
            AssertInvariants();
            if (reader.FillingSince == since && reader.Member.WaitingRead == reader && AvailableLocked(reader.Member) > 0) ServeLocked(reader.Member, ref released);
        }

        released.ReleaseAll(_continuations, _inline);
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
        reader.NoteTaken(member.Position, count);
        if (count == 0) return; // It only wanted to know that there is something.
        member.Held = count;
        member.HeldSince = _clock.Recent;
        if (!member.Gates)
        {
            reader.AcceptNewest(member.Newest);
            member.Newest = default!;
            member.HasNewest = false;
            return;
        }

        reader.Accept(_values, member.Position, count);
        var run = 0;
        if (reader.RunLimit > 0 && _wanted != long.MaxValue) run = (int)Math.Min(AvailableLocked(member), reader.RunLimit);
        if (run > 0)
        {
            reader.AcceptRun(_values, member.Position, run);
            member.BeginRun();
            _runs++;
        }

        _members.Take(member, member.Position + count + run);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) _values.TrimTo(_members.Needed);
    }

    /// <summary>Takes back the run of a member, if it has one, and notes how far it got. Whether that was any further.</summary>
    private bool EndRunLocked(Member<T> member)
    {
        if (!member.HasRun) return false;
        _runs--;
        return AdvanceLocked(member, member.EndRun());
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
        else if (finished > 0) NoteSoleMissingLocked();
        return finished;
    }
}
