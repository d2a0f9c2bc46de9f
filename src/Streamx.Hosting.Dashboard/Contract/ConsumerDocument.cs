namespace Streamx.Hosting.Dashboard;

/// <summary>A consumer, as the page shows it. Rates are null until it has been sampled for a second.</summary>
internal sealed record ConsumerDocument
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Consumer, Processor, or Subscription for one that application code made.</summary>
    public required string Kind { get; init; }

    /// <summary>What it is doing.</summary>
    public required StreamxConsumerState State { get; init; }

    /// <summary>Which values it sees; null before the start.</summary>
    public required SubscriptionMode? Mode { get; init; }

    /// <summary>For a processor, the stream it puts into.</summary>
    public required string? OutputStream { get; init; }

    /// <summary>The stream that a put of its code waits in; null while none waits.</summary>
    public required string? WaitsIn { get; init; }

    /// <summary>Whether it has held one value for too long.</summary>
    public required bool IsStalled { get; init; }

    /// <summary>Whether a put waits for it now.</summary>
    public required bool IsGating { get; init; }

    /// <summary>How long it has had the item in hand; null when it has none.</summary>
    public required double? ItemAgeSeconds { get; init; }

    /// <summary>How many values, or batches, it may handle at once.</summary>
    public required int Concurrency { get; init; }

    /// <summary>How many of these it has in hand.</summary>
    public required int SlotsBusy { get; init; }

    /// <summary>How many values wait for their key; null where no key keeps an order.</summary>
    public required int? ValuesWaitingForKey { get; init; }

    /// <summary>Accepted values it has not finished.</summary>
    public required long Lag { get; init; }

    /// <summary>
    /// Which part of the last five seconds it had a value in hand, and did not wait in a put into another stream; with several slots, their
    /// mean.
    /// </summary>
    public required double? BusyRatio { get; init; }

    /// <summary>Which part of the last five seconds it had a value in hand, and waited in a put into another stream.</summary>
    public required double? OutputWaitRatio { get; init; }

    /// <summary>Which part of the last five seconds puts waited for it.</summary>
    public required double? GatingRatio { get; init; }

    /// <summary>Its share of all the waiting of the last five seconds; null when nothing waited.</summary>
    public required double? GatingShare { get; init; }

    /// <summary>How long puts have waited for it, since it joined.</summary>
    public required double GatingSeconds { get; init; }

    /// <summary>How long 95 of 100 values were in hand at most, in the last ten seconds; null when none was timed.</summary>
    public required double? HandlingP95Seconds { get; init; }

    /// <summary>The slowest traced value of the last minute, while a page was open; null where none was traced.</summary>
    public required SlowestDocument? Slowest { get; init; }

    /// <summary>How many values it finished.</summary>
    public required long Finished { get; init; }

    /// <summary>How many failed values were skipped without a dead-letter handler.</summary>
    public required long Skipped { get; init; }

    /// <summary>How many values the dead-letter handler took.</summary>
    public required long DeadLettered { get; init; }

    /// <summary>How many values it jumped over.</summary>
    public required long Overtaken { get; init; }

    /// <summary>How many retries were made.</summary>
    public required long Retries { get; init; }

    /// <summary>How often it was started again.</summary>
    public required long Restarts { get; init; }

    /// <summary>How often it failed.</summary>
    public required long Faults { get; init; }

    /// <summary>How often it failed in the last minute, retries included.</summary>
    public required long RecentFailures { get; init; }

    /// <summary>Why it left the stream before the end; null while it has not.</summary>
    public required StreamxDetachCause? DetachCause { get; init; }

    /// <summary>What it failed with last; null if it has not failed.</summary>
    public required FailureDocument? LastFailure { get; init; }

    /// <summary>The last ten values that it skipped or dead-lettered, the oldest first.</summary>
    public required IReadOnlyList<FailedValueDocument> FailedValues { get; init; }
}
