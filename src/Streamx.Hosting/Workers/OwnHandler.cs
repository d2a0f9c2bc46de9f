namespace Streamx.Hosting.Workers;

/// <summary>The handler of one slot, or of several that never replace it while calls are under way.</summary>
/// <param name="create">Creates it.</param>
/// <param name="onDisposeFailed">Given a failure of its disposal that must not hide another.</param>
internal sealed class OwnHandler<TItem>(Func<IHandler<TItem>> create, Action<Exception> onDisposeFailed) : HandlerSource<TItem>
{
    private IHandler<TItem> _handler = create();

    /// <inheritdoc/>
    internal override IHandler<TItem> Current => _handler;

    /// <inheritdoc/>
    internal override async ValueTask ReplaceAsync(bool hidesFailure)
    {
        var handler = _handler;
        _handler = create();
        try
        {
            await handler.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (hidesFailure)
        {
            onDisposeFailed(error);
        }
    }
}
