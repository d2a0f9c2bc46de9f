namespace Streamx.Hosting.RabbitMQ;

/// <summary>What a session of a consumer reports at one time.</summary>
/// <param name="Checkpoint">The consumer's checkpoint.</param>
/// <param name="Tag">The tag up to which the checkpoint takes account of what has been received.</param>
/// <param name="Finished">The number up to which the consumer has finished.</param>
internal sealed record ConsumerReport(Checkpoint Checkpoint, ulong Tag, long Finished)
{
    /// <summary>The type of the answer to the leader; null for none.</summary>
    internal string? Kind { get; init; }

    /// <summary>The answer to the leader; null for none.</summary>
    internal SyncAnswer? Answer { get; init; }
}
