using System.Diagnostics;

namespace Streamx.Engine;

/// <content>Snapshots, observers, and the invariants.</content>
internal sealed partial class StreamCore<T>
{
    /// <summary>The state of the stream and all subscriptions, at one moment.</summary>
    internal StreamSnapshot GetSnapshot()
    {
        ReleaseList released = default;
        StreamSnapshot snapshot;
        using (Enter())
        {
            AssertInvariants();
            CatchUpLocked(ref released);
            var now = _clock.Now;
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
                ValuesWaiting = _puts.ValueCount,
                OldestWaitingPutAge = _puts.Head is { } head ? _clock.Between(head.WaitingSince, now) : null,
                Subscriptions = subscriptions,
            };
        }

        // A snapshot must not run consumer code.
        released.ReleaseAll(_continuations, allowInline: false);
        return snapshot;
    }

    /// <summary>The state of one subscription, now or when it left.</summary>
    internal SubscriptionSnapshot GetSnapshot(Member<T> member)
    {
        ReleaseList released = default;
        SubscriptionSnapshot snapshot;
        using (Enter())
        {
            AssertInvariants();
            CatchUpLocked(ref released);
            snapshot = SnapshotLocked(member, _clock.Now);
        }

        // A snapshot must not run consumer code.
        released.ReleaseAll(_continuations, allowInline: false);
        return snapshot;
    }

    /// <summary>Whether waits on the system clock are measured to less than a tick of it.</summary>
    internal bool MeasuresPrecisely
    {
        get => _clock.IsPrecise;
        set => _clock.IsPrecise = value;
    }

    /// <summary>How long ago the stream stopped taking puts; zero before.</summary>
    internal TimeSpan SinceEnded
    {
        get
        {
            using (Enter()) return _state == StreamState.Open ? TimeSpan.Zero : _clock.Between(_endedAt, _clock.Now);
        }
    }

    /// <summary>Sets the observer of all puts that bring none of their own. Before the stream is used.</summary>
    internal void Observe(PutObserver observer) => _observer = observer;

    /// <summary>Calls back with the time while the lock is held: between two transitions, as observers are notified of them.</summary>
    /// <param name="look">Restricted as the members of <see cref="PutObserver"/> that are called with the lock held.</param>
    internal void BetweenTransitions(Action<long> look)
    {
        using (Enter()) look(_clock.Exact);
    }

    /// <summary>Whether a read of the subscription has returned the end of the stream.</summary>
    internal bool HasReachedEnd(Member<T> member)
    {
        using (_lock.Enter()) return member.ReachedEnd;
    }

    private SubscriptionSnapshot SnapshotLocked(Member<T> member, long now)
    {
        var isMember = !member.HasLeft && !member.JoinedAfterEnd;
        var isGating = isMember && IsGatingLocked(member);
        var gating = _clock.Between(0, member.GatingTicks);
        if (isGating && SoleGatingMemberLocked() == member) gating += _clock.Between(_headSince, now);
        return new SubscriptionSnapshot
        {
            Name = member.Name,
            Mode = member.Mode,
            Position = member.Position,
            Lag = (isMember ? _accepted : member.AcceptedAtEnd) - member.Position - member.FinishedAhead,
            ValuesFinished = member.Finished,
            ValuesAbandoned = member.Abandoned,
            ValuesHandled = member.Finished - member.SettledOtherwise + member.SettledInHand,
            ValuesUnsettled = member.Abandoned == 0 ? 0 : member.Abandoned - member.SettledInHand,
            ValuesInHand = (int)Math.Max(member.Held, member.Abandoned),
            FirstInHand = member.Position - member.Abandoned,
            ValuesOvertaken = member.Overtaken,
            HoldsValue = member.Held > 0,
            HeldFor = member.Held > 0 ? _clock.Between(Math.Min(HeldSinceLocked(member, now), now), now) : TimeSpan.Zero,
            IsGating = isGating,
            TimeGating = gating,
        };
    }

    /// <summary>Asserts what holds whenever the lock is free. The numbers refer to <c>DESIGN.md</c>.</summary>
    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        _members.AssertInvariants();
        Debug.Assert(_puts.Head is null == (_puts.ValueCount == 0), "I11: the number of waiting values must be the kept one.");
        Debug.Assert(_puts.Head is null || _puts.Head.Remaining > 0, "I11: a put waits with at least one value.");
        if (_members.GatingCount > 0)
        {
            Debug.Assert(_accepted - _members.MinimumPosition <= Window, "I1: no more than the window may be unfinished.");
            Debug.Assert(
                _values.Start == _members.OldestNeeded && _values.End == _accepted,
                "I2: exactly the values that a member may still take are kept.");
        }
        else
        {
            Debug.Assert(_values.Start == _values.End, "I2: without gating members, no values are kept.");
        }

        Debug.Assert(_puts.Head is null || DecideHeadLocked() == PutOutcome.Waiting, "I3: a put waits only while it has to.");
        Debug.Assert(_puts.Head is null || _state is StreamState.Open or StreamState.Closing, "I4: no put waits in an ended stream.");
        Debug.Assert(
            _sealed == (_state is StreamState.Faulted or StreamState.Closed || (_state == StreamState.Closing && _puts.Head is null)),
            "I5: sealed means that nothing can commit any more.");
        Debug.Assert(
            _end.IsDecided == (_sealed && IsFinishedLocked(_accepted)), "I6: the end is announced exactly when everything is finished.");
        Debug.Assert(
            (_state == StreamState.Closed) == (_end.IsDecided && _fault is null), "I6: a drained stream without a fault is closed.");
        Debug.Assert(_flushes.First is null || !IsFinishedLocked(_flushes.First.Value.Target), "I7: a flush waits only while it has to.");
        Debug.Assert(_awaited.Position >= AwaitedPositionLocked(), "I9: steps that a waiter awaits are reported.");
        Debug.Assert(
            _waitingReads == Count(static member => member.WaitingRead is not null), "The number of waiting reads must be the kept one.");
        Debug.Assert(_runs == Count(static member => member.HasRun), "The number of runs must be the kept one.");
        foreach (var member in _members.AsSpan())
        {
            Debug.Assert(
                !member.HasRun || (member.Held == 1 && member.RunProgress >= member.Position && member.RunProgress < _accepted),
                "I10: a run lies within the accepted values.");
            AssertAnyOrder(member);
            if (member.WaitingRead is not { } reader) continue;
            if (RoomLocked(member) == 0 && AvailableLocked(member) > 0) continue;
            Debug.Assert(!_sealed, "I8: no read waits for an ended stream.");
            Debug.Assert(member.Held == 0 || member.Unfinished is not null, "I8: a member whose read waits holds no value.");
            Debug.Assert(
                AvailableLocked(member) < (_state == StreamState.Open ? reader.Needed : 1), "I8: a read waits only while it has to.");
        }
    }

    private static void AssertAnyOrder(Member<T> member)
    {
        if (member.Unfinished is not { } unfinished)
        {
            Debug.Assert(member.FinishedAhead == 0, "I12: without any order no value is finished before an older one.");
            return;
        }

        var (held, notBegun, ahead) = (0, 0, 0);
        for (var position = member.Position; position < member.Taken; position++)
        {
            if (unfinished.IsInHand(position, member.Position)) held++;
            else if (unfinished.Contains(position, member.Position)) notBegun++;
            else ahead++;
        }

        Debug.Assert(
            (held, notBegun, ahead) == (member.Held, member.NotBegun, member.FinishedAhead),
            "I12: what is taken is in hand, not begun, or finished before an older one.");
        Debug.Assert(unfinished.BeginsLater || notBegun == 0, "I12: what is taken is in hand, unless values are begun later.");
        Debug.Assert(
            held + notBegun == 0 ? ahead == 0 : unfinished.Contains(member.Position, member.Position),
            "I12: the position is that of the oldest unfinished value.");
        Debug.Assert(held + notBegun <= unfinished.Max, "I12: no more values are unfinished than may be.");
    }

    /// <summary>Since when a member has had a value in hand: of several, the oldest value.</summary>
    /// <remarks>If that one is about to be begun, while a newer one has been, it has been in hand for no time.</remarks>
    private static long HeldSinceLocked(Member<T> member, long now) =>
        member.Unfinished is not { } unfinished ? member.HeldSince
        : unfinished.IsInHand(member.Position, member.Position) ? unfinished.HeldSince(member.Position)
        : now;

    private int Count(Func<Member<T>, bool> isCounted)
    {
        var count = 0;
        foreach (var member in _members.AsSpan())
            if (isCounted(member)) count++;
        return count;
    }
}
