namespace Streamx.Hosting;

/// <summary>Handles values in batches, in order.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
public interface IBatchConsumer<T>
{
    /// <summary>Handles one batch. Its values are finished when the task ends.</summary>
    /// <param name="batch">
    /// At least one value and at most <see cref="BatchConsumerOptions.MaxBatchSize"/>. Valid until the task ends; copy what has to live
    /// longer.
    /// </param>
    /// <param name="abortToken">Cancelled when the time for draining is up, or the consumer is detached. Not at a normal shutdown.</param>
    /// <returns>
    /// A task that ends when the batch has been handled. After an exception the whole batch is tried again as
    /// <see cref="ConsumerOptions.Retry"/> says, and then <see cref="ConsumerOptions.OnFailure"/> decides: by default the stream
    /// faults and the host stops with exit code 1.
    /// </returns>
    /// <remarks>
    /// Called with one batch at a time; with <see cref="ConsumerOptions.Concurrency"/>, with as many at once as that says.
    /// A batch in hand when the drain is aborted counts as aborted, also if
    /// its work is done in that very moment. By default each batch gets a new instance from a scope of its own;
    /// see <see cref="ConsumerOptions.ScopePerValue"/>.
    /// </remarks>
    ValueTask ConsumeAsync(StreamBatch<T> batch, CancellationToken abortToken);
}
