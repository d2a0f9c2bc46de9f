namespace Streamx.Hosting.Dashboard;

/// <summary>A producer, as the page shows it.</summary>
internal sealed record ProducerDocument
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is doing. For a processor, what it does as a consumer of its input.</summary>
    public required string State { get; init; }

    /// <summary>For a processor the stream it takes from; null for a producer.</summary>
    public required string? InputStream { get; init; }

    /// <summary>How often it was started again.</summary>
    public required long Restarts { get; init; }

    /// <summary>How often it failed.</summary>
    public required long Faults { get; init; }

    /// <summary>Values accepted from it a second, in the last ten seconds; null for a processor.</summary>
    public required double? ItemsPerSecond { get; init; }

    /// <summary>How long its puts have been waiting; null when none waits, and for a processor.</summary>
    public required double? WaitingSeconds { get; init; }

    /// <summary>What it failed with last; null if it has not failed.</summary>
    public required FailureDocument? LastFailure { get; init; }
}
