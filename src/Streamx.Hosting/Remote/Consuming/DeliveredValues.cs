namespace Streamx.Hosting.Remote.Consuming;

/// <summary>The values of a consumer with a loop of its own, without their deliveries.</summary>
/// <param name="subscription">The consumer's subscription, which nothing has read from.</param>
internal sealed class DeliveredValues<T>(ConsumerSubscription subscription) : IAsyncEnumerable<T>
{
    /// <inheritdoc/>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) => Read(cancellationToken);

    /// <inheritdoc cref="GetAsyncEnumerator"/>
    internal Reader Read(CancellationToken cancellationToken) => new(DeliveryReader<T>.Read(subscription, cancellationToken));

    /// <summary>Reads them.</summary>
    internal sealed class Reader(DeliveryReader<T> deliveries) : IAsyncEnumerator<T>
    {
        /// <inheritdoc/>
        public T Current => deliveries.Current.Value;

        /// <summary>
        /// Whether the value in hand may be begun again. If not, it is passed over, as are values that were never handed out.
        /// </summary>
        internal bool MayRepeat() => deliveries.Current.TryBegin();

        /// <inheritdoc/>
        public ValueTask<bool> MoveNextAsync() => deliveries.MoveNextAsync();

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => deliveries.DisposeAsync();
    }
}
