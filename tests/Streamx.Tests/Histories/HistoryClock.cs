namespace Streamx.Tests.Histories;

/// <summary>The logical clock of a history: what happened before one tick is ordered before what happens after it.</summary>
internal sealed class HistoryClock
{
    /// <summary>A moment that never comes.</summary>
    internal const long Never = long.MaxValue;

    private long _now;

    internal long Tick() => Interlocked.Increment(ref _now);
}
