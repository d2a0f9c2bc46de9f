namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Calls the handler of a consumer only while the value's session permits, and exposes how the value was delivered.</summary>
/// <param name="handler">The handler.</param>
/// <param name="onFailed">As for <see cref="HandlerCall.SettleAsync"/>.</param>
internal sealed class DeliveredHandler<T>(IHandler<T> handler, Action<Exception, ItemInHand, string> onFailed) : IHandler<Delivery<T>>
{
    /// <inheritdoc/>
    public async ValueTask HandleAsync(Delivery<T> item, CancellationToken abortToken)
    {
        // Checked at each call, since a retry may come long after the session was lost.
        if (!item.TryBegin()) return;
        // In an async method, so that it is undone when this one returns.
        var call = HandlerCall.Begin(item.Fence, item.Info);
        Exception? failure = null;
        try
        {
            await handler.HandleAsync(item.Value, item.Fence.TokenFor(abortToken)).ConfigureAwait(false);
        }
        catch (Exception error) when (call.MayBeFinished)
        {
            failure = error;
        }
        catch (Exception) when (item.Fence.IsOverdue && !abortToken.IsCancellationRequested)
        {
            // The handler gave up because its token was cancelled: the value is delivered again.
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
