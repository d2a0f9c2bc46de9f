namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Reads the batches that a consumer may begin, as <see cref="DeliveryReader{T}"/> reads deliveries one by one.</summary>
/// <param name="batches">The consumer's subscription.</param>
internal sealed class DeliveryBatchReader<T>(IAsyncEnumerator<StreamBatch<Delivery<T>>> batches) : IAsyncEnumerator<StreamBatch<Delivery<T>>>
{
    /// <inheritdoc/>
    public StreamBatch<Delivery<T>> Current { get; private set; }

    /// <inheritdoc/>
    public async ValueTask<bool> MoveNextAsync()
    {
        do
        {
            Current.Settle();
            Current = default;
            if (!await batches.MoveNextAsync().ConfigureAwait(false)) return false;
            Current = batches.Current;
        }
        while (!Current.TryBegin());

        return true;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => batches.DisposeAsync();
}
