namespace Streamx.Benchmarks.Slots;

/// <summary>A key for each value: few keys have most of the values, as customers, devices and accounts do.</summary>
internal static class ZipfKeys
{
    /// <summary>How many keys there are.</summary>
    public const int Count = 1_000;

    /// <summary>The keys of the first values; those of later ones repeat.</summary>
    private static readonly int[] s_keys = Draw(1 << 16);

    public static int Of(long value) => s_keys[value & (s_keys.Length - 1)];

    /// <summary>Draws keys whose probability falls with their rank, by the exponent 1: an eighth of the values has the first.</summary>
    private static int[] Draw(int count)
    {
        var sums = new double[Count];
        for (var rank = 0; rank < Count; rank++) sums[rank] = (rank == 0 ? 0 : sums[rank - 1]) + (1.0 / (rank + 1));
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => Math.Min(Count - 1, Rank(random.NextDouble() * sums[^1])))];

        int Rank(double at) => Array.BinarySearch(sums, at) is var found && found < 0 ? ~found : found;
    }
}
