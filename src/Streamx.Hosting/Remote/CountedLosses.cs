namespace Streamx.Hosting.Remote;

/// <summary>Counts the losses of what carries a stream between processes, with the time of the last. Safe from any thread.</summary>
/// <param name="clock">Gives the time.</param>
internal sealed class CountedLosses(TimeProvider clock)
{
    /// <summary>The count, and the time of the last loss.</summary>
    private volatile Known _known = new(0, null);

    /// <summary>How many losses there were.</summary>
    internal long Count => _known.Count;

    /// <summary>The time of the last loss; null for none.</summary>
    internal DateTimeOffset? LastAt => _known.LastAt;

    /// <summary>Counts losses.</summary>
    /// <param name="count">How many.</param>
    internal void Add(long count)
    {
        // Two threads may notice different losses at the same time.
        for (var before = _known; ; before = _known)
            if (Interlocked.CompareExchange(ref _known, new Known(before.Count + count, clock.GetUtcNow()), before) == before) return;
    }

    private sealed record Known(long Count, DateTimeOffset? LastAt);
}
