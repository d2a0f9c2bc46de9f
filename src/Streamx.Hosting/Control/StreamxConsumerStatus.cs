namespace Streamx.Hosting;

/// <summary>A consumer, or a processor, at one moment.</summary>
public sealed record StreamxConsumerStatus
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is doing.</summary>
    public required StreamxConsumerState State { get; init; }

    /// <summary>
    /// Whether it has held one value longer than its <see cref="ConsumerOptions.StallAfter"/>, without the time that it waited in puts
    /// into other streams. Never while it waits there: the consumer that holds its output up may be the stalled one.
    /// </summary>
    public required bool IsStalled { get; init; }

    /// <summary>Where its present, or last, subscription is. Null before the host has started.</summary>
    public required SubscriptionSnapshot? Subscription { get; init; }

    /// <summary>How many values it finished, over all its subscriptions; without those skipped or dead-lettered.</summary>
    public required long ValuesFinished { get; init; }

    /// <summary>How many values it could not handle, and no dead-letter handler took.</summary>
    public required long ValuesSkipped { get; init; }

    /// <summary>How many values it could not handle, and the dead-letter handler took.</summary>
    public required long ValuesDeadLettered { get; init; }

    /// <summary>How many retries were made.</summary>
    public required long Retries { get; init; }

    /// <summary>How often it was started again.</summary>
    public required long Restarts { get; init; }

    /// <summary>How often it failed and its retries, if any, did not help.</summary>
    public required long Faults { get; init; }

    /// <summary>How many values, or batches, it may handle at once: its <see cref="ConsumerOptions.Concurrency"/>.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>How many of these it has in hand now, waiting for a retry or in a put included.</summary>
    /// <value>From 0 to <see cref="Concurrency"/>. 0 while it is not attached.</value>
    public int SlotsBusy { get; init; }

    /// <summary>How many values have come to it that wait until an older one of their key is settled.</summary>
    /// <value>Null for a consumer of one slot, and for one without <see cref="ConsumerOptions.PartitionBy"/>.</value>
    public int? ValuesWaitingForKey { get; init; }

    /// <summary>For a processor, the stream it puts into; null otherwise.</summary>
    public required string? OutputStream { get; init; }

    /// <summary>The stream that a put of its code waits in, the first of several; null while none waits.</summary>
    public string? WaitsIn { get; init; }

    /// <summary>How long puts of its code into other streams have waited, a wait in progress included.</summary>
    public TimeSpan TimeWaitingForOutput { get; init; }

    /// <summary>Why it left the stream before the end; null while it has not.</summary>
    public StreamxDetachCause? DetachCause { get; init; }

    /// <summary>What it failed with last, retried failures included; null if it has not failed.</summary>
    public StreamxFailure? LastFailure { get; init; }

    /// <summary>The last ten values that it skipped or dead-lettered, the oldest first.</summary>
    public IReadOnlyList<StreamxFailedValue> FailedValues { get; init; } = [];
}
