namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>The handler that all slots of a consumer share.</summary>
/// <remarks>A replacement waits until the calls under way have ended; other slots begin none until it is done.</remarks>
/// <param name="create">Creates the handler.</param>
/// <param name="onDisposeFailed">Given a failure of its disposal that must not hide another.</param>
internal sealed class SharedHandler<TItem>(Func<IHandler<TItem>> create, Action<Exception> onDisposeFailed) : HandlerSource<TItem>, IHandler<TItem>
{
    /// <summary>Creates and replaces the handler. Used by one slot at a time.</summary>
    private readonly OwnHandler<TItem> _handler = new(create, onDisposeFailed);

    /// <summary>Guards everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>How many calls are under way.</summary>
    private int _calls;

    /// <summary>Ends when the calls under way have ended; null while no replacement waits for that.</summary>
    private TaskCompletionSource? _idle;

    /// <summary>Ends when the handler has been replaced; null while it is not being replaced.</summary>
    private TaskCompletionSource? _replaced;

    /// <inheritdoc/>
    internal override IHandler<TItem> Current => this;

    /// <inheritdoc/>
    public async ValueTask HandleAsync(TItem item, CancellationToken abortToken)
    {
        while (TryEnter() is { } replaced) await replaced.WaitAsync(abortToken).ConfigureAwait(false);
        try
        {
            await _handler.Current.HandleAsync(item, abortToken).ConfigureAwait(false);
        }
        finally
        {
            Exit();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _handler.Current.DisposeAsync();

    /// <inheritdoc/>
    internal override async ValueTask ReplaceAsync(bool hidesFailure)
    {
        var replaced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task? idle;
        while (TryBegin(replaced, out idle) is { } other) await other.ConfigureAwait(false);
        try
        {
            if (idle is not null) await idle.ConfigureAwait(false);
            await _handler.ReplaceAsync(hidesFailure).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock) _replaced = _idle = null;
            replaced.SetResult();
        }
    }

    /// <summary>Begins a call. Returns the replacement that it has to wait for, if there is one.</summary>
    private Task? TryEnter()
    {
        lock (_lock)
        {
            if (_replaced is null) _calls++;
            return _replaced?.Task;
        }
    }

    private void Exit()
    {
        TaskCompletionSource? idle;
        lock (_lock) idle = --_calls == 0 ? _idle : null;
        idle?.TrySetResult();
    }

    /// <summary>Begins a replacement. Returns the one of another slot that it has to wait for, if there is one.</summary>
    private Task? TryBegin(TaskCompletionSource replaced, out Task? idle)
    {
        lock (_lock)
        {
            idle = null;
            if (_replaced is { } other) return other.Task;
            _replaced = replaced;
            _idle = _calls == 0 ? null : new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            idle = _idle?.Task;
            return null;
        }
    }
}
