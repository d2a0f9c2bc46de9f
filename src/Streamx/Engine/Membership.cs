using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Streamx.Engine;

/// <summary>Who is subscribed, and how far the slowest gating subscription is. Guarded by the core's lock.</summary>
internal sealed class Membership<T>
{
    /// <summary>The members, in the order in which they joined.</summary>
    private readonly List<Member<T>> _members = [];

    /// <summary>The slowest gating member's position: what has been finished by all.</summary>
    private Slowest<T> _finished = new(ofTaken: false);

    /// <summary>What has been taken by all. Kept only for values that keep something alive.</summary>
    private Slowest<T> _taken = new(ofTaken: true);

    /// <summary>How many members gate.</summary>
    internal int GatingCount { get; private set; }

    /// <summary>How many members there are.</summary>
    internal int Count => _members.Count;

    /// <summary>The position of the slowest gating member. Meaningless while none gates.</summary>
    internal long Slowest => _finished.Position;

    /// <summary>The position of the oldest value someone may still take from the stream. Meaningless while none gates.</summary>
    /// <remarks>Values that keep nothing alive may as well stay until they are finished.</remarks>
    internal long Needed => RuntimeHelpers.IsReferenceOrContainsReferences<T>() ? _taken.Position : _finished.Position;

    /// <summary>Whether exactly one gating member is at the slowest position. Meaningless while none gates.</summary>
    internal bool IsSlowestSole => _finished.IsSole;

    /// <summary>The members, in the order in which they joined. Valid until one joins or leaves.</summary>
    internal ReadOnlySpan<Member<T>> AsSpan() => CollectionsMarshal.AsSpan(_members);

    /// <summary>Adds a member, which starts behind everything accepted so far.</summary>
    internal void Add(Member<T> member)
    {
        _members.Add(member);
        if (!member.Gates) return;
        var isFirst = GatingCount++ == 0;
        _finished.Add(member, isFirst);
        _taken.Add(member, isFirst);
    }

    /// <summary>Takes a member out.</summary>
    internal void Remove(Member<T> member)
    {
        _members.Remove(member);
        if (!member.Gates) return;
        GatingCount--;
        _finished.MovedFrom(member.Position, AsSpan());
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) _taken.MovedFrom(member.Taken, AsSpan());
    }

    /// <summary>Moves a member on by a number of values: they are behind it.</summary>
    /// <returns>Whether the slowest position has changed by that. If not, it makes nothing possible for anybody else.</returns>
    internal bool Advance(Member<T> member, long by)
    {
        var from = member.Position;
        member.Position += by;
        return member.Gates && _finished.MovedFrom(from, AsSpan());
    }

    /// <summary>Notes up to where a gating member has taken values out of the stream.</summary>
    internal void Take(Member<T> member, long upTo)
    {
        var from = member.Taken;
        member.Taken = upTo;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) _taken.MovedFrom(from, AsSpan());
    }

    /// <summary>The only gating member at the slowest position, or null when there are several or none.</summary>
    internal Member<T>? SoleSlowest()
    {
        if (GatingCount == 0 || !_finished.IsSole) return null;
        foreach (var member in AsSpan())
            if (member.Gates && member.Position == Slowest) return member;
        return null;
    }

    /// <summary>Checks what is kept against the members themselves.</summary>
    [Conditional("DEBUG")]
    internal void AssertInvariants()
    {
        Debug.Assert(_members.Count(member => member.Gates) == GatingCount, "The number of gating members must be the kept one.");
        Debug.Assert(_members.TrueForAll(member => !member.HasLeft), "Nobody who has left may be a member.");
        Debug.Assert(_members.TrueForAll(member => !member.Gates || member.Taken >= member.Position), "What is behind a member has been taken.");
        Debug.Assert(_finished.Holds(AsSpan()), "The kept slowest position must be the smallest of all.");
        Debug.Assert(!RuntimeHelpers.IsReferenceOrContainsReferences<T>() || _taken.Holds(AsSpan()), "The kept position of what all have taken must be the smallest of all.");
    }
}
