namespace Streamx.Benchmarks.Compare;

/// <summary>The middle of several runs.</summary>
internal static class Median
{
    public static double Of(IEnumerable<double> runs)
    {
        var sorted = runs.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
