namespace Streamx.Hosting;

/// <summary>How one stream ended.</summary>
public sealed record StreamShutdownReport
{
    /// <summary>The stream's name.</summary>
    public required string Name { get; init; }

    /// <summary>How it ended.</summary>
    public required ShutdownOutcome Outcome { get; init; }

    /// <summary>How many values it had accepted.</summary>
    public required long ValuesAccepted { get; init; }

    /// <summary>How long closing and draining took; zero when it had ended before the host began to stop.</summary>
    public required TimeSpan DrainTime { get; init; }

    /// <summary>Its consumers, in the order of registration.</summary>
    public required IReadOnlyList<ConsumerShutdownReport> Consumers { get; init; }
}
