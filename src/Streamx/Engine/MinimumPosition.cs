namespace Streamx.Engine;

/// <summary>The minimum of the gating members' positions: finished, or taken. Guarded by the core's lock. A mutable struct.</summary>
/// <remarks>
/// It is kept with the number of members at it, and recomputed only when the last of them moves on: once per
/// value in strict lock-step, less often in a larger window.
/// </remarks>
internal struct MinimumPosition<T>(bool ofTaken)
{
    /// <summary>How many gating members are at <see cref="Position"/>.</summary>
    private int _count;

    /// <summary>The minimum. Undefined while there are no gating members.</summary>
    internal long Position { get; private set; }

    /// <summary>Whether exactly one gating member is at it.</summary>
    internal readonly bool IsSole => _count == 1;

    /// <summary>Accounts for a gating member that has joined.</summary>
    internal void Add(Member<T> member, bool isFirst)
    {
        var position = PositionOf(member);
        if (isFirst) (Position, _count) = (position, 1);
        else if (position == Position) _count++;
    }

    /// <summary>Accounts for a gating member that has moved from a position, or left.</summary>
    /// <returns>Whether the minimum has changed by that.</returns>
    internal bool MovedFrom(long position, ReadOnlySpan<Member<T>> members)
    {
        if (position != Position || --_count > 0) return false;
        FindAmong(members);
        return true;
    }

    /// <summary>Whether it agrees with the members.</summary>
    internal readonly bool Holds(ReadOnlySpan<Member<T>> members)
    {
        var found = new MinimumPosition<T>(ofTaken);
        found.FindAmong(members);
        return found._count == 0 || (found.Position == Position && found._count == _count);
    }

    private void FindAmong(ReadOnlySpan<Member<T>> members)
    {
        Position = long.MaxValue;
        foreach (var member in members)
        {
            var position = PositionOf(member);
            if (!member.Gates || position > Position) continue;
            if (position < Position) (Position, _count) = (position, 0);
            _count++;
        }
    }

    private readonly long PositionOf(Member<T> member) => ofTaken ? member.Taken : member.Position;
}
