namespace Streamx.Engine;

/// <content>The wait of the put at the head of the queue: how long, and for which member.</content>
internal sealed partial class StreamCore<T>
{
    /// <summary>Books the waiting of the put that was at the head of the queue, and starts that of the next.</summary>
    private void HeadLeftLocked(PutWaiter<T> put, Member<T>? gate, long now)
    {
        BookWaitLocked(put, gate, now);
        put.Observer?.LeftQueueLocked(wasHead: true, now);
        if (_puts.Head is null) return;
        HeadArrivedLocked(now);
        _puts.Head.Observer?.ReachedHeadLocked(now);
    }

    /// <summary>A put begins to wait at the head of the queue.</summary>
    private void HeadArrivedLocked(long now)
    {
        _headSince = now;
        _soleSince = IsOneMemberGatingLocked ? now : null;
    }

    /// <summary>Books the waiting at the head of the queue up to now, for the member it was waiting for.</summary>
    private void BookWaitLocked(PutWaiter<T> put, Member<T>? gate, long now)
    {
        // A wait that a fault ends is not caused by a member.
        var isForGate = gate is not null && put.Outcome != PutOutcome.Faulted;
        put.Wait = put.Wait.And(now - _headSince, isForGate && _soleSince is { } sole ? now - sole : 0, isForGate ? gate!.Name : null);
        if (gate is not null) gate.GatingTicks += now - _headSince;
        _headSince = now;
        _soleSince = null;
    }

    /// <summary>Notes since when the put at the head of the queue waits for one member only, if the stream is observed.</summary>
    private void NoteSoleGatingLocked()
    {
        if (_observer is not null && _soleSince is null && _puts.Head is not null && IsOneMemberGatingLocked) _soleSince = _clock.Now;
    }

    /// <summary>Whether, if a put waits, it waits for one member only: a put waits for the members at the minimum position.</summary>
    private bool IsOneMemberGatingLocked => _members.GatingCount > 0 && _members.HasSoleMinimum;

    /// <summary>Whether the put at the head of the queue waits for this member.</summary>
    private bool IsGatingLocked(Member<T> member) =>
        _puts.Head is not null && member.Gates && _accepted - member.Position >= Window;

    /// <summary>The only member the put at the head of the queue waits for, or null.</summary>
    private Member<T>? SoleGatingMemberLocked() =>
        _members.SoleAtMinimum() is { } member && IsGatingLocked(member) ? member : null;
}
