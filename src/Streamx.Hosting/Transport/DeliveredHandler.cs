namespace Streamx.Hosting;

/// <summary>Shows the handler of a consumer between processes how what it is called with came.</summary>
/// <param name="handler">The handler.</param>
/// <param name="telemetry">Knows which values are in hand.</param>
/// <param name="feed">Finds what brings them: there once the stream is complete.</param>
internal sealed class DeliveredHandler<T, TItem>(IHandler<TItem> handler, ConsumerTelemetry telemetry, Func<ConsumerFeed<T>> feed) : IHandler<TItem>
{
    /// <inheritdoc/>
    public async ValueTask HandleAsync(TItem item, CancellationToken abortToken)
    {
        // In an async method, so that it is undone when this one returns.
        if (item is ReadOnlyMemory<T> batch) StreamxDelivery.Enter(DeliveriesOf(batch.Length));
        else feed().Deliveries.At(telemetry.Position).Enter();
        await handler.HandleAsync(item, abortToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => handler.DisposeAsync();

    private StreamxDelivery[] DeliveriesOf(int count)
    {
        // What was taken out of a batch is its first values.
        var first = telemetry.Position + telemetry.InHand - count;
        var deliveries = new StreamxDelivery[count];
        for (var i = 0; i < count; i++) deliveries[i] = feed().Deliveries.At(first + i);
        return deliveries;
    }
}
