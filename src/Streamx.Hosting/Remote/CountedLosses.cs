namespace Streamx.Hosting.Remote;

/// <summary>How often what carries a stream between processes has lost something, and when last. Safe from any thread.</summary>
/// <param name="clock">Says when.</param>
internal sealed class CountedLosses(TimeProvider clock)
{
    /// <summary>How often, and when last.</summary>
    private volatile Known _known = new(0, null);

    /// <summary>How often it has.</summary>
    internal long Count => _known.Count;

    /// <summary>When it has last; null for never.</summary>
    internal DateTimeOffset? LastAt => _known.LastAt;

    /// <summary>It has.</summary>
    /// <param name="count">How often.</param>
    internal void Add(long count)
    {
        // Two may notice different ones at the same time.
        for (var before = _known; ; before = _known)
            if (Interlocked.CompareExchange(ref _known, new Known(before.Count + count, clock.GetUtcNow()), before) == before) return;
    }

    private sealed record Known(long Count, DateTimeOffset? LastAt);
}
