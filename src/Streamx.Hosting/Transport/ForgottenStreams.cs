namespace Streamx.Hosting;

/// <summary>How often what carries a stream between processes has forgotten it, and when. Safe from any thread.</summary>
/// <param name="clock">Says when.</param>
internal sealed class ForgottenStreams(TimeProvider clock)
{
    /// <summary>How often, and when last.</summary>
    private volatile Known _known = new(0, null);

    /// <summary>How often it has.</summary>
    internal int Count => _known.Count;

    /// <summary>When it has last; null for never.</summary>
    internal DateTimeOffset? LastAt => _known.LastAt;

    /// <summary>It has.</summary>
    internal void Add()
    {
        // Two may notice different ones at the same time.
        for (var before = _known; ; before = _known)
            if (Interlocked.CompareExchange(ref _known, new Known(before.Count + 1, clock.GetUtcNow()), before) == before) return;
    }

    private sealed record Known(int Count, DateTimeOffset? LastAt);
}
