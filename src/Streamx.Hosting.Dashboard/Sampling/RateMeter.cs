namespace Streamx.Hosting.Dashboard;

/// <summary>How fast a count has grown in the last ten seconds: long enough that values in batches do not make it jump.</summary>
internal sealed class RateMeter
{
    /// <summary>How many seconds count.</summary>
    internal const int Seconds = 10;

    /// <summary>How much was counted, by second.</summary>
    private readonly RecentSeconds _counted = new(Seconds);

    /// <summary>How long the seconds were.</summary>
    private readonly RecentSeconds _time = new(Seconds);

    /// <summary>The count at the last sample; null before the first.</summary>
    private long? _last;

    /// <summary>How much was counted a second; null until the first second is over.</summary>
    internal double? PerSecond => _time.Sum > 0 ? _counted.Sum / _time.Sum : null;

    /// <summary>Takes a sample.</summary>
    internal void Look(long count)
    {
        _counted.Add(Math.Max(0, count - (_last ?? count)));
        _last = count;
    }

    /// <summary>Ends a second.</summary>
    internal void EndSecond(double seconds)
    {
        _time.Add(seconds);
        _counted.EndSecond();
        _time.EndSecond();
    }

    /// <summary>Starts over after a pause: the next sample is not compared with the last.</summary>
    internal void Restart()
    {
        _last = null;
        _counted.Clear();
        _time.Clear();
    }
}
