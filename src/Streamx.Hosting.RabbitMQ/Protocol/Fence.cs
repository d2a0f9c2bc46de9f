namespace Streamx.Hosting.RabbitMQ;

/// <summary>Where an epoch began in a consumer's queue: of older epochs only what had been received by then counts.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Received">The highest number received before it; <see cref="Checkpoint.None"/> for none.</param>
internal sealed record Fence(long Epoch, long Received)
{
    /// <summary>Whether a message from the queue was written by a leader that had been replaced.</summary>
    internal bool Voids(long epoch, long sequence) => epoch < Epoch && sequence > Received;
}
