namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>The handler that all slots of a consumer share, where one of them may replace it.</summary>
/// <remarks>A replacement waits until the calls under way have ended; other slots begin none until it is done.</remarks>
/// <param name="create">Creates the handler.</param>
/// <param name="onDisposeFailed">Given a failure of its disposal that must not hide another.</param>
internal sealed class SharedHandler<TItem>(
    Func<IHandler<TItem>> create, Action<Exception> onDisposeFailed) : HandlerSource<TItem>, IHandler<TItem>
{
    /// <summary>Creates and replaces the handler. Used by one slot at a time.</summary>
    private readonly OwnHandler<TItem> _handler = new(create, onDisposeFailed);

    /// <summary>The present attachment.</summary>
    private Attachment? _attachment;

    /// <summary>Ends waits before a call.</summary>
    private CancellationToken _waitToken;

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
    internal override void Attach(Attachment attachment, CancellationToken waitToken) =>
        (_attachment, _waitToken) = (attachment, waitToken);

    /// <inheritdoc/>
    public async ValueTask HandleAsync(TItem item, CancellationToken abortToken)
    {
        while (!TryEnter(out var replaced))
        {
            await replaced.WaitAsync(_waitToken).ConfigureAwait(false);
            // The consumer may have ended meanwhile: this call begins no more, although its value has been begun.
            if (_attachment!.IsOver || _waitToken.IsCancellationRequested) throw new OperationCanceledException(_waitToken);
        }

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
        Task wait;
        while (!TryBegin(replaced, out wait)) await wait.ConfigureAwait(false);
        try
        {
            await wait.ConfigureAwait(false);
            await _handler.ReplaceAsync(hidesFailure).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock) _replaced = _idle = null;
            replaced.SetResult();
        }
    }

    /// <summary>Begins a call, unless there is a replacement that it has to wait for.</summary>
    private bool TryEnter(out Task replaced)
    {
        lock (_lock)
        {
            replaced = _replaced?.Task ?? Task.CompletedTask;
            if (_replaced is not null) return false;
            _calls++;
            return true;
        }
    }

    private void Exit()
    {
        TaskCompletionSource? idle;
        lock (_lock) idle = --_calls == 0 ? _idle : null;
        idle?.TrySetResult();
    }

    /// <summary>Begins a replacement, unless there is one of another slot.</summary>
    /// <param name="replaced">Ends with the replacement.</param>
    /// <param name="wait">What to wait for: the calls under way, or the other replacement.</param>
    private bool TryBegin(TaskCompletionSource replaced, out Task wait)
    {
        lock (_lock)
        {
            wait = _replaced?.Task ?? Task.CompletedTask;
            if (_replaced is not null) return false;
            _replaced = replaced;
            if (_calls == 0) return true;
            _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            wait = _idle.Task;
            return true;
        }
    }
}
