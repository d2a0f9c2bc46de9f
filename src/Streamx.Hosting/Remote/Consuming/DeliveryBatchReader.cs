namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Reads the batches that a consumer may begin, as <see cref="DeliveryReader{T}"/> reads deliveries one by one.</summary>
/// <param name="batches">The consumer's subscription.</param>
internal sealed class DeliveryBatchReader<T>(
    IAsyncEnumerator<StreamBatch<Delivery<T>>> batches) : IAsyncEnumerator<StreamBatch<Delivery<T>>>
{
    /// <summary>How the values of the batch in hand came. Other threads may read it, unlike the batch.</summary>
    private volatile StreamxDelivery[] _inHand = [];

    /// <summary>Begins to read from a subscription.</summary>
    internal static DeliveryBatchReader<T> Read(
        ConsumerSubscription subscription, BatchConsumerOptions options, CancellationToken cancellationToken)
    {
        var batches = ConsumerSubscription<Delivery<T>>.Of(subscription)
            .ReadBatchesAsync(options.MaxBatchSize, options.MaxBatchWait, cancellationToken);
        var reader = new DeliveryBatchReader<T>(batches.GetAsyncEnumerator(cancellationToken));
        subscription.DeliveriesInHand = () => reader._inHand;
        return reader;
    }

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
            _inHand = Current.ConvertAll(static delivery => delivery.Info);
        }
        while (!Current.TryBegin());

        return true;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => batches.DisposeAsync();
}
