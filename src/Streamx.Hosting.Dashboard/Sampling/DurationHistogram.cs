namespace Streamx.Hosting.Dashboard;

/// <summary>
/// Durations of the last few seconds, in buckets that are each a tenth wider than the one before: percentiles are accurate to that.
/// </summary>
/// <remarks>Any thread may record at any time; only one at a time may end seconds and read.</remarks>
internal sealed class DurationHistogram
{
    /// <summary>How many seconds count.</summary>
    internal const int Seconds = 10;

    /// <summary>The upper limit of the first bucket, in seconds.</summary>
    private const double First = 1e-6;

    /// <summary>How much wider each bucket is.</summary>
    private const double Growth = 1.1;

    /// <summary>Enough for a quarter of an hour; longer durations count as that.</summary>
    private const int Buckets = 220;

    private static readonly double s_logGrowth = Math.Log(Growth);

    /// <summary>The counts of each second; a second that is over is overwritten in turn.</summary>
    private readonly int[][] _seconds = [.. Enumerable.Range(0, Seconds).Select(_ => new int[Buckets])];

    /// <summary>The second that is being counted. A duration that is recorded while it changes may count for either.</summary>
    private volatile int _current;

    /// <summary>Counts a duration, in seconds.</summary>
    internal void Record(double duration)
    {
        var bucket = duration <= First ? 0 : Math.Min(Buckets - 1, (int)Math.Ceiling(Math.Log(duration / First) / s_logGrowth));
        Interlocked.Increment(ref _seconds[_current][bucket]);
    }

    /// <summary>Ends a second: the oldest one no longer counts.</summary>
    internal void EndSecond()
    {
        var next = (_current + 1) % Seconds;
        Array.Clear(_seconds[next]);
        _current = next;
    }

    /// <summary>The duration that a part of all durations did not exceed, in seconds; null when none has been recorded.</summary>
    internal double? Percentile(double part)
    {
        Span<int> counts = stackalloc int[Buckets];
        var total = 0L;
        foreach (var second in _seconds)
        {
            for (var bucket = 0; bucket < Buckets; bucket++)
            {
                counts[bucket] += second[bucket];
                total += second[bucket];
            }
        }

        if (total == 0) return null;
        var rank = Math.Ceiling(total * part);
        var at = 0;
        for (long seen = counts[0]; seen < rank; seen += counts[at]) at++;
        // The middle of the bucket.
        return First * Math.Pow(Growth, at - 0.5);
    }
}
