namespace Streamx.Hosting;

/// <summary>What one consumer had done when its stream ended.</summary>
/// <remarks>
/// For a consumer that sees every value, <see cref="Finished"/> + <see cref="Skipped"/> + <see cref="DeadLettered"/> +
/// <see cref="Aborted"/> + <see cref="Undelivered"/> is what the stream has accepted since the consumers were subscribed.
/// </remarks>
public sealed record ConsumerShutdownReport
{
    /// <summary>The consumer's name.</summary>
    public required string Name { get; init; }

    /// <summary>How many values it handled.</summary>
    public required long Finished { get; init; }

    /// <summary>How many values it could not handle and passed over, because the stream has no dead-letter handler.</summary>
    public required long Skipped { get; init; }

    /// <summary>How many values it could not handle, and the dead-letter handler took.</summary>
    public required long DeadLettered { get; init; }

    /// <summary>How many values it had in hand when it left, was detached or was aborted, and no dead-letter handler took.</summary>
    public required long Aborted { get; init; }

    /// <summary>How many accepted values it never got, including those put after it had left.</summary>
    public required long Undelivered { get; init; }

    /// <summary>How long producers waited for this consumer, over the whole life of the stream.</summary>
    public required TimeSpan TimeWaitedFor { get; init; }

    /// <summary>How long puts of its code into other streams have waited, over the whole life of the stream.</summary>
    /// <value>Zero for a consumer that puts nothing. Waits in several streams at once count once.</value>
    /// <remarks>
    /// The consumer did not cause that part of <see cref="TimeWaitedFor"/>: the consumers of its output show in their
    /// <see cref="TimeWaitedFor"/> which of them was waited for.
    /// </remarks>
    public TimeSpan TimeWaitingForOutput { get; init; }

    /// <summary>How many values, or batches, it could handle at once.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>Whether its code has returned. False names one that ignored the abort.</summary>
    public required bool HasReturned { get; init; }
}
