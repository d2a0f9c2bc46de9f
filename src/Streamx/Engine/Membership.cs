using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Streamx.Engine;

/// <summary>Who is subscribed, and how far the slowest gating subscription is. Guarded by the core's lock.</summary>
/// <remarks>
/// The slowest position is kept, with the number of members at it; only when the last of them moves on are all members looked
/// at again. That is once per value in strict lock-step, and less often the more room there is.
/// </remarks>
internal sealed class Membership<T>
{
    /// <summary>The members, in the order in which they joined.</summary>
    private readonly List<Member<T>> _members = [];

    /// <summary>How many gating members are at <see cref="Slowest"/>.</summary>
    private int _atSlowest;

    /// <summary>How many members gate.</summary>
    internal int GatingCount { get; private set; }

    /// <summary>How many members there are.</summary>
    internal int Count => _members.Count;

    /// <summary>The position of the slowest gating member. Meaningless while none gates.</summary>
    internal long Slowest { get; private set; }

    /// <summary>The members, in the order in which they joined. Valid until one joins or leaves.</summary>
    internal ReadOnlySpan<Member<T>> AsSpan() => CollectionsMarshal.AsSpan(_members);

    /// <summary>Adds a member, which starts behind everything accepted so far.</summary>
    internal void Add(Member<T> member)
    {
        _members.Add(member);
        if (!member.Gates) return;
        if (GatingCount++ == 0)
        {
            Slowest = member.Position;
            _atSlowest = 1;
        }
        else if (member.Position == Slowest)
        {
            _atSlowest++;
        }
    }

    /// <summary>Takes a member out.</summary>
    internal void Remove(Member<T> member)
    {
        _members.Remove(member);
        if (!member.Gates) return;
        GatingCount--;
        LeaveSlowest(member.Position);
    }

    /// <summary>Moves a member on by a number of values.</summary>
    internal void Advance(Member<T> member, long by)
    {
        var from = member.Position;
        member.Position += by;
        if (member.Gates) LeaveSlowest(from);
    }

    /// <summary>The only gating member at the slowest position, or null when there are several or none.</summary>
    internal Member<T>? SoleSlowest()
    {
        if (GatingCount == 0 || _atSlowest != 1) return null;
        foreach (var member in AsSpan())
            if (member.Gates && member.Position == Slowest) return member;
        return null;
    }

    /// <summary>Checks what is kept against the members themselves.</summary>
    [Conditional("DEBUG")]
    internal void AssertInvariants()
    {
        var gating = _members.Where(member => member.Gates).ToList();
        Debug.Assert(gating.Count == GatingCount, "The number of gating members must be the kept one.");
        Debug.Assert(_members.TrueForAll(member => !member.HasLeft), "Nobody who has left may be a member.");
        if (gating.Count == 0) return;
        var slowest = gating.Min(member => member.Position);
        Debug.Assert(slowest == Slowest, "The kept slowest position must be the smallest of all.");
        Debug.Assert(gating.Count(member => member.Position == slowest) == _atSlowest, "The number at the slowest position must be the kept one.");
    }

    /// <summary>Accounts for one gating member that is no longer at a position.</summary>
    private void LeaveSlowest(long from)
    {
        if (from != Slowest || --_atSlowest > 0 || GatingCount == 0) return;
        var slowest = long.MaxValue;
        var count = 0;
        foreach (var member in AsSpan())
        {
            if (!member.Gates || member.Position > slowest) continue;
            if (member.Position < slowest)
            {
                slowest = member.Position;
                count = 0;
            }

            count++;
        }

        Slowest = slowest;
        _atSlowest = count;
    }
}
