using System.Numerics;

namespace Streamx.Engine;

/// <summary>
/// The values that one member has taken and may finish in any order, from its oldest unfinished one on. Guarded by the core's lock.
/// </summary>
/// <remarks>Grows by doubling up to the window, and allocates nothing after that.</remarks>
/// <param name="max">How many values may be unfinished at a time.</param>
internal sealed class UnfinishedValues(int max)
{
    /// <summary>Marks a value that is finished.</summary>
    private const long Finished = long.MinValue;

    /// <summary>When each value was taken, or that it is finished; a value is at its position modulo the length, a power of two.</summary>
    private long[] _takenAt = new long[BitOperations.RoundUpToPowerOf2((uint)Math.Min(max, 64))];

    /// <summary>The position after the last value taken.</summary>
    private long _end;

    /// <summary>How many values may be unfinished at a time.</summary>
    internal int Max { get; } = max;

    /// <summary>Adds a value that has been taken.</summary>
    /// <param name="position">Its position: that of the last one, plus one.</param>
    /// <param name="oldest">The position of the oldest unfinished value.</param>
    /// <param name="now">The time.</param>
    internal void Add(long position, long oldest, long now)
    {
        if (position - oldest >= _takenAt.Length) Grow(oldest);
        _takenAt[position & (_takenAt.Length - 1)] = now;
        _end = position + 1;
    }

    /// <summary>When an unfinished value was taken.</summary>
    internal long TakenAt(long position) => _takenAt[position & (_takenAt.Length - 1)];

    /// <summary>Whether a value has been taken and not finished.</summary>
    /// <param name="position">Its position.</param>
    /// <param name="oldest">The position of the oldest unfinished value.</param>
    internal bool Contains(long position, long oldest) => position >= oldest && position < _end && TakenAt(position) != Finished;

    /// <summary>Finishes a value that has been taken and not finished.</summary>
    /// <param name="position">Its position.</param>
    /// <param name="oldest">The position of the oldest unfinished value.</param>
    /// <returns>By how many values the oldest unfinished one moves; zero if an older one is unfinished.</returns>
    internal int Finish(long position, long oldest)
    {
        _takenAt[position & (_takenAt.Length - 1)] = Finished;
        var next = oldest;
        while (next < _end && TakenAt(next) == Finished) next++;
        return (int)(next - oldest);
    }

    private void Grow(long oldest)
    {
        var larger = new long[_takenAt.Length * 2];
        for (var position = oldest; position < _end; position++) larger[position & (larger.Length - 1)] = TakenAt(position);
        _takenAt = larger;
    }
}
