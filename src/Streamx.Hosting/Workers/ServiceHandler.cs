using Microsoft.Extensions.DependencyInjection;

namespace Streamx.Hosting.Workers;

/// <summary>A handler that comes from the container: one for each item, or one for the run.</summary>
internal sealed class ServiceHandler<THandler, TItem>(
    IServiceProvider services,
    bool scopePerItem,
    Func<THandler, TItem, CancellationToken, ValueTask> handle,
    Action<Exception> onDisposeFailed) : IHandler<TItem>
    where THandler : notnull
{
    /// <summary>Lets one slot at a time build the handler of the run.</summary>
    private readonly SemaphoreSlim _building = new(1);

    /// <summary>The scope of the run; null until the first item, and always when each item has its own.</summary>
    private AsyncServiceScope? _scope;

    /// <summary>The handler of the run.</summary>
    private THandler? _handler;

    /// <inheritdoc/>
    public ValueTask HandleAsync(TItem item, CancellationToken abortToken)
    {
        if (scopePerItem) return HandleInScopeAsync(item, abortToken);
        return _handler is { } handler ? handle(handler, item, abortToken) : BuildAndHandleAsync(item, abortToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // The field is cleared before the disposal: whatever the disposal does, a disposed handler gets no further item.
        var scope = _scope;
        _scope = null;
        _handler = default;
        return scope?.DisposeAsync() ?? default;
    }

    /// <summary>
    /// Builds the handler of the run first. Slots that share it wait until one of them has built it, and block no thread meanwhile: its
    /// constructor may take long.
    /// </summary>
    private async ValueTask BuildAndHandleAsync(TItem item, CancellationToken abortToken)
    {
        THandler handler;
        await _building.WaitAsync(abortToken).ConfigureAwait(false);
        try
        {
            // The scope may be there already: a handler that could not be built is tried again.
            _scope ??= WorkerScope.Create(services);
            handler = _handler ??= Build(_scope.Value.ServiceProvider);
        }
        finally
        {
            _building.Release();
        }

        await handle(handler, item, abortToken).ConfigureAwait(false);
    }

    private async ValueTask HandleInScopeAsync(TItem item, CancellationToken abortToken)
    {
        var scope = WorkerScope.Create(services);
        Exception? failure = null;
        try
        {
            await handle(Build(scope.ServiceProvider), item, abortToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            failure = error;
        }

        await scope.EndAsync(failure, onDisposeFailed).ConfigureAwait(false);
    }

    private static THandler Build(IServiceProvider scope)
    {
        try
        {
            return WorkerScope.Resolve<THandler>(scope);
        }
        catch (Exception error) when (error is not HostDisposedException)
        {
            throw new NotBuiltException(error);
        }
    }
}
