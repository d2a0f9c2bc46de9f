namespace Streamx.Engine;

/// <summary>The result of <see cref="StreamSubscription{T}.ReadBatchesAsync"/>: its arguments, until it is enumerated.</summary>
internal sealed class BatchEnumerable<T>(
    StreamSubscription<T> subscription, int maxSize, TimeSpan maxWait, CancellationToken cancellationToken)
    : IAsyncEnumerable<StreamBatch<T>>
{
    /// <inheritdoc/>
    IAsyncEnumerator<StreamBatch<T>> IAsyncEnumerable<StreamBatch<T>>.GetAsyncEnumerator(CancellationToken enumeratorToken) =>
        subscription.ReadBatches(maxSize, maxWait, cancellationToken, enumeratorToken);
}
