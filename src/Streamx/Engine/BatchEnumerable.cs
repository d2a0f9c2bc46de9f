namespace Streamx.Engine;

/// <summary>What <see cref="StreamSubscription{T}.ReadBatchesAsync"/> gives: its settings, until someone enumerates.</summary>
internal sealed class BatchEnumerable<T>(
    StreamSubscription<T> subscription, int maxSize, TimeSpan maxWait, CancellationToken cancellationToken) : IAsyncEnumerable<StreamBatch<T>>
{
    /// <inheritdoc/>
    IAsyncEnumerator<StreamBatch<T>> IAsyncEnumerable<StreamBatch<T>>.GetAsyncEnumerator(CancellationToken enumeratorToken) =>
        subscription.ReadBatches(maxSize, maxWait, cancellationToken, enumeratorToken);
}
