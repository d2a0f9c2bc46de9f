using System.Diagnostics;

namespace Streamx.Engine;

/// <content>Looking at the stream without changing it.</content>
internal sealed partial class StreamCore<T>
{
    /// <summary>Everything, at one moment.</summary>
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

        // Who only looks must not come to run a consumer's code.
        released.ReleaseAll(_continuations, allowInline: false);
        return snapshot;
    }

    /// <summary>One subscription, now or as it was when it left.</summary>
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

        // Who only looks must not come to run a consumer's code.
        released.ReleaseAll(_continuations, allowInline: false);
        return snapshot;
    }

    /// <summary>Whether waits on the system clock are measured to less than a tick of it.</summary>
    internal bool MeasuresPrecisely
    {
        get => _clock.IsPrecise;
        set => _clock.IsPrecise = value;
    }

    /// <summary>How long ago the stream stopped taking puts; zero while it has not.</summary>
    internal TimeSpan SinceEnded
    {
        get
        {
            using (Enter()) return _state == StreamState.Open ? TimeSpan.Zero : _clock.Between(_endedAt, _clock.Now);
        }
    }

    /// <summary>Has an observer follow all puts that bring none of their own. Before the stream is used.</summary>
    internal void Observe(PutObserver observer) => _observer = observer;

    /// <summary>Calls back with the time and the lock held: what observers have been told is then of before, and what they will be told of after.</summary>
    /// <param name="look">Bound by what binds the members of <see cref="PutObserver"/> that are called with the lock held.</param>
    internal void AtPresent(Action<long> look)
    {
        using (Enter()) look(_clock.Exact);
    }

    /// <summary>Whether the subscription has been told that the stream ended.</summary>
    internal bool HasReachedEnd(Member<T> member)
    {
        using (_gate.Enter()) return member.ReachedEnd;
    }

    private SubscriptionSnapshot SnapshotLocked(Member<T> member, long now)
    {
        var isMember = !member.HasLeft && !member.CameTooLate;
        var isGating = isMember && IsMissingLocked(member);
        var gating = _clock.Between(0, member.GatingTicks);
        if (isGating && SoleMissingLocked() == member) gating += _clock.Between(_headSince, now);
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
            HeldFor = member.Held > 0 ? _clock.Between(Math.Min(member.HeldSince, now), now) : TimeSpan.Zero,
            IsGating = isGating,
            TimeGating = gating,
        };
    }

    /// <summary>What holds whenever the lock is free. The numbers refer to <c>DESIGN.md</c>.</summary>
    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        _members.AssertInvariants();
        Debug.Assert(_puts.Head is null == (_puts.ValueCount == 0), "I11: the number of waiting values must be the kept one.");
        Debug.Assert(_puts.Head is null || _puts.Head.Remaining > 0, "I11: a put waits with at least one value.");
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
