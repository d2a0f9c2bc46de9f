namespace Streamx.Hosting.Workers;

/// <summary>Calls the user's handler with an item: a value, or a batch.</summary>
internal interface IHandler<in TItem> : IAsyncDisposable
{
    /// <summary>Has one item handled.</summary>
    ValueTask HandleAsync(TItem item, CancellationToken abortToken);
}
