namespace Streamx.Hosting.Testing;

/// <summary>A handler that passes the consumer's barrier before each item, and records failures.</summary>
internal sealed class WatchedHandler<T, TItem>(HarnessConsumer<T> consumer, IHandler<TItem> handler, Func<TItem, IReadOnlyList<T>> valuesOf)
    : IHandler<TItem>
{
    /// <inheritdoc/>
    public async ValueTask HandleAsync(TItem item, CancellationToken abortToken)
    {
        var values = valuesOf(item);
        consumer.OnTaken(values);
        try
        {
            await consumer.Barrier.PassAsync(abortToken, values).ConfigureAwait(false);
            await handler.HandleAsync(item, abortToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            consumer.OnFailed(NotBuiltException.CauseOf(error));
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => handler.DisposeAsync();
}
