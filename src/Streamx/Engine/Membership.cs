using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Streamx.Engine;

/// <summary>The subscriptions of a stream, and the minimum position of the gating ones. Guarded by the core's lock.</summary>
internal sealed class Membership<T>
{
    /// <summary>The members, in the order in which they joined.</summary>
    private readonly List<Member<T>> _members = [];

    /// <summary>The minimum position of the gating members: every one has finished what is before it.</summary>
    private MinimumPosition<T> _minFinished = new(ofTaken: false);

    /// <summary>
    /// The position up to which every gating member has taken values. Kept only for values that keep other objects alive.
    /// </summary>
    private MinimumPosition<T> _minTaken = new(ofTaken: true);

    /// <summary>The number of gating members.</summary>
    internal int GatingCount { get; private set; }

    /// <summary>The number of members.</summary>
    internal int Count => _members.Count;

    /// <summary>The minimum position of the gating members. Undefined while there are none.</summary>
    internal long MinimumPosition => _minFinished.Position;

    /// <summary>The position of the oldest value that a gating member may still take. Undefined while there are none.</summary>
    /// <remarks>Values that keep no object alive stay until they are finished.</remarks>
    internal long OldestNeeded => RuntimeHelpers.IsReferenceOrContainsReferences<T>() ? _minTaken.Position : _minFinished.Position;

    /// <summary>Whether exactly one gating member is at the minimum position. Undefined while there are none.</summary>
    internal bool HasSoleMinimum => _minFinished.IsSole;

    /// <summary>The members, in the order in which they joined. Valid until one joins or leaves.</summary>
    internal ReadOnlySpan<Member<T>> AsSpan() => CollectionsMarshal.AsSpan(_members);

    /// <summary>Adds a member, which starts behind everything accepted so far.</summary>
    internal void Add(Member<T> member)
    {
        _members.Add(member);
        if (!member.Gates) return;
        var isFirst = GatingCount++ == 0;
        _minFinished.Add(member, isFirst);
        _minTaken.Add(member, isFirst);
    }

    /// <summary>Takes a member out.</summary>
    internal void Remove(Member<T> member)
    {
        _members.Remove(member);
        if (!member.Gates) return;
        GatingCount--;
        _minFinished.MovedFrom(member.Position, AsSpan());
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) _minTaken.MovedFrom(member.Taken, AsSpan());
    }

    /// <summary>Moves a member forward by a number of values.</summary>
    /// <returns>Whether the minimum position has changed by that. If not, no waiter can go on because of it.</returns>
    internal bool Advance(Member<T> member, long by)
    {
        var from = member.Position;
        member.Position += by;
        return member.Gates && _minFinished.MovedFrom(from, AsSpan());
    }

    /// <summary>Notes up to where a gating member has taken values out of the stream.</summary>
    internal void Take(Member<T> member, long upTo)
    {
        var from = member.Taken;
        member.Taken = upTo;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) _minTaken.MovedFrom(from, AsSpan());
    }

    /// <summary>The only gating member at the minimum position, or null when there are several or none.</summary>
    internal Member<T>? SoleAtMinimum()
    {
        if (GatingCount == 0 || !_minFinished.IsSole) return null;
        foreach (var member in AsSpan())
            if (member.Gates && member.Position == MinimumPosition) return member;
        return null;
    }

    /// <summary>Checks what is kept against the members.</summary>
    [Conditional("DEBUG")]
    internal void AssertInvariants()
    {
        Debug.Assert(_members.Count(member => member.Gates) == GatingCount, "The number of gating members must be the kept one.");
        Debug.Assert(_members.TrueForAll(member => !member.HasLeft), "A subscription that has left must not be a member.");
        Debug.Assert(
            _members.TrueForAll(member => !member.Gates || member.Taken >= member.Position), "A member has taken what it has finished.");
        Debug.Assert(_minFinished.Holds(AsSpan()), "The kept minimum position must be that of the members.");
        Debug.Assert(
            !RuntimeHelpers.IsReferenceOrContainsReferences<T>() || _minTaken.Holds(AsSpan()),
            "The kept minimum of what is taken must be that of the members.");
    }
}
