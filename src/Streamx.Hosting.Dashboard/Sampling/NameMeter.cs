namespace Streamx.Hosting.Dashboard;

/// <summary>How much puts have waited in the last seconds for a durable consumer of a stream between processes, from samples.</summary>
internal sealed class NameMeter
{
    /// <summary>How many samples found a put waiting for it.</summary>
    private readonly RecentSeconds _gating = new();

    /// <summary>How many samples there were.</summary>
    private readonly RecentSeconds _samples = new();

    /// <summary>Which part of the time a put waited for it; null until it is known.</summary>
    internal double? GatingRatio => _samples.Sum > 0 ? _gating.Sum / _samples.Sum : null;

    /// <summary>Takes a sample.</summary>
    internal void Look(bool isGating)
    {
        _samples.Add(1);
        if (isGating) _gating.Add(1);
    }

    /// <summary>Ends a second.</summary>
    internal void EndSecond()
    {
        _gating.EndSecond();
        _samples.EndSecond();
    }
}
