namespace Streamx.Hosting;

/// <summary>What another process has last reported of one of its consumers.</summary>
public sealed record StreamxConsumerReport
{
    /// <summary>The consumer's name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether the consumer's values go to that process, as far as it knows; false for a process that stands by.</summary>
    public required bool IsActive { get; init; }

    /// <summary>What it was doing.</summary>
    public required StreamxConsumerState State { get; init; }

    /// <summary>Whether it had held one value for too long.</summary>
    public required bool IsStalled { get; init; }

    /// <summary>For which part of a second it had a value in hand, without its waits in puts into other streams; from 0 to 1.</summary>
    public required double BusyRatio { get; init; }

    /// <summary>How long it had had the value in hand; null for none.</summary>
    public required TimeSpan? ItemAge { get; init; }

    /// <summary>How many of the values that had come to that process it had not finished.</summary>
    public required long Lag { get; init; }

    /// <summary>How long ago this process heard that.</summary>
    public required TimeSpan Age { get; init; }
}
