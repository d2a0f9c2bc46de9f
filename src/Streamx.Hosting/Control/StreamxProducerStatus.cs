namespace Streamx.Hosting;

/// <summary>A producer at one moment.</summary>
public sealed record StreamxProducerStatus
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is doing.</summary>
    public required StreamxProducerState State { get; init; }

    /// <summary>How often it was started again.</summary>
    public required long Restarts { get; init; }

    /// <summary>How often it failed.</summary>
    public required long Faults { get; init; }
}
