namespace Streamx.Hosting.Dashboard;

/// <summary>How much puts have waited in the last seconds for a name of a stream between processes, from looks at it.</summary>
internal sealed class NameMeter
{
    /// <summary>How many looks found a put waiting for it.</summary>
    private readonly RecentSeconds _gating = new();

    /// <summary>How many looks there were.</summary>
    private readonly RecentSeconds _looks = new();

    /// <summary>Which part of the time a put waited for it; null until it is known.</summary>
    internal double? GatingRatio => _looks.Sum > 0 ? _gating.Sum / _looks.Sum : null;

    /// <summary>Takes a look.</summary>
    internal void Look(bool isGating)
    {
        _looks.Add(1);
        if (isGating) _gating.Add(1);
    }

    /// <summary>A second is over.</summary>
    internal void EndSecond()
    {
        _gating.EndSecond();
        _looks.EndSecond();
    }
}
