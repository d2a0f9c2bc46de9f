namespace Streamx.Hosting;

/// <summary>Runs a consumer that is called with each item: a value, or a batch.</summary>
internal sealed class HandlerWorker<T, TItem>(
    ConsumerSetup<T> setup,
    Func<StreamSubscription<T>, CancellationToken, IAsyncEnumerator<TItem>> read,
    IHandler<TItem> handler) : ConsumerWorker<T>(setup)
{
    /// <inheritdoc/>
    protected override async Task ConsumeAsync(StreamSubscription<T> subscription, CancellationToken abortToken)
    {
        var items = read(subscription, abortToken);
        try
        {
            while (await items.MoveNextAsync().ConfigureAwait(false))
                await handler.HandleAsync(items.Current, abortToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            OnError(error);
        }
        finally
        {
            await items.DisposeAsync().ConfigureAwait(false);
            await handler.DisposeAsync().ConfigureAwait(false);
        }
    }
}
