namespace Streamx.Hosting.Remote.Consuming;

/// <summary>
/// Calls the handler of a batch consumer, as <see cref="DeliveredHandler{T}"/> calls that of a consumer of single values.
/// </summary>
/// <param name="handler">The handler.</param>
/// <param name="onFailed">As for <see cref="HandlerCall.SettleAsync"/>.</param>
internal sealed class DeliveredBatchHandler<T>(IHandler<StreamBatch<T>> handler, Action<Exception, ItemInHand, string> onFailed)
    : IHandler<StreamBatch<Delivery<T>>>
{
    /// <inheritdoc/>
    public async ValueTask HandleAsync(StreamBatch<Delivery<T>> item, CancellationToken abortToken)
    {
        if (!item.TryBegin()) return;
        var fence = item[0].Fence;
        var call = HandlerCall.Begin(fence, item.ConvertAll(static delivery => delivery.Info));
        Exception? failure = null;
        try
        {
            await handler.HandleAsync(
                new StreamBatch<T>(item.ConvertAll(static delivery => delivery.Value)), fence.TokenFor(abortToken)).ConfigureAwait(false);
        }
        catch (Exception error) when (call.MayBeFinished)
        {
            failure = error;
        }
        catch (Exception) when (fence.IsOverdue && !abortToken.IsCancellationRequested)
        {
            item.PassOver();
        }
        finally
        {
            call.End();
        }

        if (call.MayBeFinished && !await call.SettleAsync(failure, onFailed, abortToken).ConfigureAwait(false)) item.PassOver();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => handler.DisposeAsync();
}
