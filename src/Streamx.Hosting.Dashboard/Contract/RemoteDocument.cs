namespace Streamx.Hosting.Dashboard;

/// <summary>How this process takes part in a stream between processes, as the page shows it.</summary>
internal sealed record RemoteDocument
{
    /// <summary>The id by which the other processes know this process; null if it has none.</summary>
    public required string? Instance { get; init; }

    /// <summary>Whether it leads the stream.</summary>
    public required bool IsLeading { get; init; }

    /// <summary>Whether it stands by to lead.</summary>
    public required bool IsStandby { get; init; }

    /// <summary>Its workers without a session with the other processes, and why.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>
    /// All durable consumers where it leads, and elsewhere once the process that leads reports; until then those of processes that are
    /// known.
    /// </summary>
    public required IReadOnlyList<RemoteNameDocument> Names { get; init; }
}
