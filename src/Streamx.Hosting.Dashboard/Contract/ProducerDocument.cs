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
}
