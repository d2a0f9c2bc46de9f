namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Reads the deliveries that a consumer may begin. Those whose session was lost before are passed over.</summary>
/// <remarks>Their values are delivered again, here or elsewhere: to handle them here, too, would be to act without the right to.</remarks>
/// <param name="deliveries">The consumer's subscription.</param>
internal sealed class DeliveryReader<T>(IAsyncEnumerator<Delivery<T>> deliveries) : IAsyncEnumerator<Delivery<T>>
{
    /// <summary>The delivery in hand; null for none.</summary>
    private volatile Delivery<T>? _inHand;

    /// <summary>Begins to read from a subscription.</summary>
    internal static DeliveryReader<T> Read(ConsumerSubscription subscription, CancellationToken cancellationToken)
    {
        var reader = new DeliveryReader<T>(ConsumerSubscription<Delivery<T>>.Of(subscription).GetAsyncEnumerator(cancellationToken));
        subscription.DeliveriesInHand = () => reader._inHand is { } delivery ? [delivery.Info] : [];
        return reader;
    }

    /// <inheritdoc/>
    public Delivery<T> Current => _inHand!;

    /// <inheritdoc/>
    public async ValueTask<bool> MoveNextAsync()
    {
        do
        {
            _inHand?.Settle();
            _inHand = null;
            if (!await deliveries.MoveNextAsync().ConfigureAwait(false)) return false;
            _inHand = deliveries.Current;
        }
        while (!_inHand.TryBegin());

        return true;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => deliveries.DisposeAsync();
}
