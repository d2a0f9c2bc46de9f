using System.Runtime.CompilerServices;

namespace Streamx.Engine;

/// <summary>The values that a gating subscription has not finished, by position. Guarded by the core's lock.</summary>
/// <remarks>It doubles up to the window, so a large window costs memory only when it is used.</remarks>
internal sealed class ValueRing<T>
{
    /// <summary>The slots; the length is a power of two.</summary>
    private T[] _slots = new T[1];

    /// <summary>The position of the oldest value kept.</summary>
    internal long Start { get; private set; }

    /// <summary>The position after the newest value kept.</summary>
    internal long End { get; private set; }

    /// <summary>The slots: a value is at its position modulo their number, which is a power of two.</summary>
    /// <remarks>The ring replaces them when it grows. A value in the old ones stays there until it has been removed.</remarks>
    internal T[] Slots => _slots;

    /// <summary>Copies values.</summary>
    /// <param name="position">The position of the first.</param>
    /// <param name="target">The destination; its length says how many.</param>
    internal void CopyTo(long position, Span<T> target)
    {
        var start = (int)(position & (_slots.Length - 1));
        var first = Math.Min(target.Length, _slots.Length - start);
        _slots.AsSpan(start, first).CopyTo(target);
        _slots.AsSpan(0, target.Length - first).CopyTo(target[first..]);
    }

    /// <summary>The value at a position between <see cref="Start"/> and <see cref="End"/>.</summary>
    internal T this[long position] => _slots[position & (_slots.Length - 1)];

    /// <summary>Keeps a value at position <see cref="End"/>.</summary>
    internal void Append(T value)
    {
        if (End - Start == _slots.Length) Grow();
        _slots[End & (_slots.Length - 1)] = value;
        End++;
    }

    /// <summary>Keeps values from position <see cref="End"/> on.</summary>
    internal void Append(ReadOnlySpan<T> values)
    {
        while (End - Start + values.Length > _slots.Length) Grow();
        var start = (int)(End & (_slots.Length - 1));
        var first = Math.Min(values.Length, _slots.Length - start);
        values[..first].CopyTo(_slots.AsSpan(start));
        values[first..].CopyTo(_slots);
        End += values.Length;
    }

    /// <summary>Removes every value before a position.</summary>
    internal void TrimTo(long position)
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            for (var p = Start; p < Math.Min(position, End); p++) _slots[p & (_slots.Length - 1)] = default!;
        }

        Start = position;
        if (End < position) End = position;
    }

    private void Grow()
    {
        var larger = new T[_slots.Length * 2];
        for (var p = Start; p < End; p++) larger[p & (larger.Length - 1)] = this[p];
        _slots = larger;
    }
}
