namespace Streamx.Hosting;

/// <summary>What one consumer had done when its stream ended.</summary>
/// <remarks>
/// The stream's accepted values are <see cref="Finished"/> + <see cref="Aborted"/> + <see cref="Undelivered"/>, for a consumer that
/// sees every value.
/// </remarks>
public sealed record ConsumerShutdownReport
{
    /// <summary>The consumer's name.</summary>
    public required string Name { get; init; }

    /// <summary>How many values it finished.</summary>
    public required long Finished { get; init; }

    /// <summary>How many values it had in hand when it left or was aborted.</summary>
    public required long Aborted { get; init; }

    /// <summary>How many accepted values it never got.</summary>
    public required long Undelivered { get; init; }

    /// <summary>How long producers waited for this consumer, over the whole life of the stream.</summary>
    public required TimeSpan TimeWaitedFor { get; init; }

    /// <summary>Whether its code has returned. False names one that ignored the abort.</summary>
    public required bool HasReturned { get; init; }
}
