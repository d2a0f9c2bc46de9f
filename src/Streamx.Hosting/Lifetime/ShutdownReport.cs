namespace Streamx.Hosting;

/// <summary>How the host's streams ended.</summary>
public sealed record ShutdownReport
{
    /// <summary>The streams, in the order of registration.</summary>
    public required IReadOnlyList<StreamShutdownReport> Streams { get; init; }

    /// <summary>How long the shutdown took, from the first call to stop to this report.</summary>
    public required TimeSpan Elapsed { get; init; }
}
