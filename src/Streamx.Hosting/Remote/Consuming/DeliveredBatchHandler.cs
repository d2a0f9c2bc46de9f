namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Calls the handler of a batch consumer, as <see cref="DeliveredHandler{T}"/> calls that of a consumer of single values.</summary>
/// <param name="handler">The handler.</param>
internal sealed class DeliveredBatchHandler<T>(IHandler<StreamBatch<T>> handler) : IHandler<StreamBatch<Delivery<T>>>
{
    /// <inheritdoc/>
    public async ValueTask HandleAsync(StreamBatch<Delivery<T>> item, CancellationToken abortToken)
    {
        if (!item.TryBegin()) return;
        var fence = item[0].Fence;
        StreamxDelivery.Enter(item.ConvertAll(static delivery => delivery.Info));
        try
        {
            await handler.HandleAsync(new StreamBatch<T>(item.ConvertAll(static delivery => delivery.Value)), fence.TokenFor(abortToken)).ConfigureAwait(false);
        }
        catch (Exception) when (fence.IsOverdue && !abortToken.IsCancellationRequested)
        {
            item.PassOver();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => handler.DisposeAsync();
}
