namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Calls the handler of a consumer only while the consumer's session permits, and exposes how its values were delivered.</summary>
/// <param name="handler">The handler.</param>
/// <param name="telemetry">Knows which values are in hand.</param>
/// <param name="pump">Brings the values.</param>
internal sealed class DeliveredHandler<T, TItem>(IHandler<TItem> handler, ConsumerTelemetry telemetry, ConsumerPump<T> pump) : IHandler<TItem>
{
    /// <summary>Combines the tokens of the handler's last call; one call is made at a time.</summary>
    private CancellationTokenSource? _either;

    /// <summary>The tokens that <see cref="_either"/> follows.</summary>
    private (CancellationToken Abort, CancellationToken Overdue) _tokens;

    /// <inheritdoc/>
    public async ValueTask HandleAsync(TItem item, CancellationToken abortToken)
    {
        // Checked at each call, since a retry may come long after the session was lost. All values of a batch are of one session.
        var first = FirstOf(item);
        if (!pump.Fence.MayBegin(first)) return;
        // In an async method, so that it is undone when this one returns.
        if (item is StreamBatch<T> batch) StreamxDelivery.Enter(DeliveriesOf(batch, first));
        else pump.Deliveries.At(first).Enter();
        var overdue = pump.Fence.OverdueToken;
        try
        {
            await handler.HandleAsync(item, Either(abortToken, overdue)).ConfigureAwait(false);
        }
        catch (Exception) when (overdue.IsCancellationRequested && !abortToken.IsCancellationRequested)
        {
            // The handler gave up because its token was cancelled: the value is passed over, and delivered again.
            pump.Fence.MayBegin(first);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _either?.Dispose();
        return handler.DisposeAsync();
    }

    /// <summary>A token that is cancelled with either token; the same one as long as both tokens are the same.</summary>
    private CancellationToken Either(CancellationToken abortToken, CancellationToken overdue)
    {
        if (_either is not null && _tokens == (abortToken, overdue)) return _either.Token;
        _either?.Dispose();
        _either = CancellationTokenSource.CreateLinkedTokenSource(abortToken, overdue);
        _tokens = (abortToken, overdue);
        return _either.Token;
    }

    /// <summary>The position of an item's first value. The values taken out of a batch are its first ones.</summary>
    private long FirstOf(TItem item) => item is StreamBatch<T> batch ? telemetry.Position + telemetry.InHand - batch.Count : telemetry.Position;

    private StreamxDelivery[] DeliveriesOf(StreamBatch<T> batch, long first)
    {
        var deliveries = new StreamxDelivery[batch.Count];
        for (var i = 0; i < deliveries.Length; i++) deliveries[i] = pump.Deliveries.At(first + i);
        return deliveries;
    }
}
