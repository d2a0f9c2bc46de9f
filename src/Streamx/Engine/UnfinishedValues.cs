using System.Numerics;

namespace Streamx.Engine;

/// <summary>
/// The values that one member has taken and may finish in any order, from its oldest unfinished one on. Guarded by the core's lock.
/// </summary>
/// <remarks>Grows by doubling up to the window, and allocates nothing after that.</remarks>
/// <param name="max">How many values may be unfinished at a time.</param>
/// <param name="beginsLater">Whether a value that has been taken is in hand only once it is begun.</param>
internal sealed class UnfinishedValues(int max, bool beginsLater)
{
    /// <summary>Marks a value that is not begun.</summary>
    private const long NotBegun = long.MinValue + 1;

    /// <summary>Marks a value that is finished.</summary>
    private const long Finished = long.MinValue;

    /// <summary>
    /// When each value came into hand, or that it is not begun, or finished. A value is at its position modulo the length, a power of two.
    /// </summary>
    private long[] _heldSince = new long[BitOperations.RoundUpToPowerOf2((uint)Math.Min(max, 64))];

    /// <summary>The position after the last value taken.</summary>
    private long _end;

    /// <summary>How many values may be unfinished at a time.</summary>
    internal int Max { get; } = max;

    /// <summary>Whether a value that has been taken is in hand only once it is begun.</summary>
    internal bool BeginsLater { get; } = beginsLater;

    /// <summary>Adds values that have been taken.</summary>
    /// <param name="position">The position of the first: that of the last one, plus one.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="oldest">The position of the oldest unfinished value.</param>
    /// <param name="now">The time.</param>
    internal void Add(long position, int count, long oldest, long now)
    {
        while (position + count - oldest > _heldSince.Length) Grow(oldest);
        for (_end = position; _end < position + count; _end++)
            _heldSince[_end & (_heldSince.Length - 1)] = BeginsLater ? NotBegun : now;
    }

    /// <summary>Since when a value has been in hand.</summary>
    internal long HeldSince(long position) => _heldSince[position & (_heldSince.Length - 1)];

    /// <summary>Begins a value that has been taken and not begun.</summary>
    /// <param name="position">Its position.</param>
    /// <param name="now">The time.</param>
    internal void Begin(long position, long now) => _heldSince[position & (_heldSince.Length - 1)] = now;

    /// <summary>Whether a value is in hand: taken, begun and not finished.</summary>
    /// <param name="position">Its position.</param>
    /// <param name="oldest">The position of the oldest unfinished value.</param>
    internal bool IsInHand(long position, long oldest) => Contains(position, oldest) && HeldSince(position) != NotBegun;

    /// <summary>Whether a value has been taken and not finished.</summary>
    /// <param name="position">Its position.</param>
    /// <param name="oldest">The position of the oldest unfinished value.</param>
    internal bool Contains(long position, long oldest) => position >= oldest && position < _end && HeldSince(position) != Finished;

    /// <summary>Finishes a value that has been taken and not finished.</summary>
    /// <param name="position">Its position.</param>
    /// <param name="oldest">The position of the oldest unfinished value.</param>
    /// <returns>By how many values the oldest unfinished one moves; zero if an older one is unfinished.</returns>
    internal int Finish(long position, long oldest)
    {
        _heldSince[position & (_heldSince.Length - 1)] = Finished;
        var next = oldest;
        while (next < _end && HeldSince(next) == Finished) next++;
        return (int)(next - oldest);
    }

    private void Grow(long oldest)
    {
        var larger = new long[_heldSince.Length * 2];
        for (var position = oldest; position < _end; position++) larger[position & (larger.Length - 1)] = HeldSince(position);
        _heldSince = larger;
    }
}
