namespace Streamx.Benchmarks.Slots;

/// <summary>Notes which values have been handled by key: how many, and whether in order.</summary>
internal sealed class KeyedReceipts
{
    /// <summary>The distance of two keys: as far as two processors need it.</summary>
    private const int Padding = 4;

    /// <summary>How many values of each key have been handled, and the last one of them.</summary>
    private readonly (long Count, long Last)[] _keys = new (long, long)[ZipfKeys.Count * Padding];

    public void Begin() => Array.Fill(_keys, (0, -1));

    /// <summary>For values whose order does not matter: the same work, and no check.</summary>
    public ValueTask SeeInAnyOrder(long value)
    {
        ref var key = ref _keys[ZipfKeys.Of(value) * Padding];
        Interlocked.Increment(ref key.Count);
        if (value > key.Last) key.Last = value;
        return default;
    }

    /// <summary>Throws for a value that comes before an earlier one of its key, or for one that comes twice.</summary>
    public ValueTask SeeInOrder(long value)
    {
        ref var key = ref _keys[ZipfKeys.Of(value) * Padding];
        Interlocked.Increment(ref key.Count);
        if (value <= key.Last) throw new InvalidOperationException($"Value {value} came after {key.Last} of its key.");
        key.Last = value;
        return default;
    }

    /// <summary>Checks that as many values as were put have been handled.</summary>
    public void End(int items)
    {
        var seen = _keys.Sum(key => key.Count);
        if (seen != items) throw new InvalidOperationException($"{seen} of {items} values were handled.");
    }
}
