namespace Streamx.Hosting;

/// <summary>A value that a consumer could not handle and skipped or dead-lettered. The value itself is not kept.</summary>
public sealed record StreamxFailedValue
{
    /// <summary>
    /// How many of the stream's values came before it, as <see cref="SubscriptionSnapshot.Position"/> counts; between processes its
    /// number in the stream, as <see cref="StreamxDelivery.Sequence"/>.
    /// </summary>
    public required long Position { get; init; }

    /// <summary>Whether the dead-letter handler took it; otherwise it was skipped.</summary>
    public required bool WasDeadLettered { get; init; }

    /// <summary>What the last try failed with.</summary>
    public required StreamxFailure Failure { get; init; }
}
