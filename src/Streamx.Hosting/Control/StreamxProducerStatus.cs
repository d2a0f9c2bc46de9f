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

    /// <summary>How many of its values were accepted; a put of many values counts each of them.</summary>
    public long ValuesPut { get; init; }

    /// <summary>How long its puts have been waiting without a break; null when none waits.</summary>
    public TimeSpan? WaitingFor { get; init; }

    /// <summary>What it failed with last; null if it has not failed.</summary>
    public StreamxFailure? LastFailure { get; init; }
}
