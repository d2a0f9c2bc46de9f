namespace Streamx.Hosting.Workers;

/// <summary>A handler that is a delegate: no instance, no scope.</summary>
internal sealed class DelegateHandler<TItem>(Func<TItem, CancellationToken, ValueTask> handle) : IHandler<TItem>
{
    /// <inheritdoc/>
    public ValueTask HandleAsync(TItem item, CancellationToken abortToken) => handle(item, abortToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;
}
