namespace Streamx.Hosting.Workers;

/// <summary>Runs a consumer that is called with each item: a value, or a batch.</summary>
internal sealed partial class HandlerWorker<T, TItem> : ConsumerWorker<T>
{
    private readonly Func<ConsumerSubscription, CancellationToken, IAsyncEnumerator<TItem>> _read;
    private readonly Func<IHandler<TItem>> _createHandler;
    private readonly Func<TItem, IReadOnlyList<T>> _valuesOf;

    /// <summary>The waits before a value is tried again.</summary>
    private readonly Backoff _retry;

    /// <summary>The waits before the handler is started again.</summary>
    private readonly Backoff _restart;

    /// <summary>The handler. Another one after a restart.</summary>
    private IHandler<TItem> _handler;

    /// <summary>Its last failure, which causes the restart.</summary>
    private Exception? _lastFailure;

    /// <summary>How often the item in hand has been tried.</summary>
    private int _tries;

    /// <summary>Whether the last try failed because the handler could not be built.</summary>
    private bool _isNotBuilt;

    /// <summary>Prepares it.</summary>
    /// <param name="setup">What every consumer needs.</param>
    /// <param name="read">Reads items from the subscription.</param>
    /// <param name="createHandler">Creates what handles them.</param>
    /// <param name="valuesOf">The values of an item.</param>
    internal HandlerWorker(
        ConsumerSetup<T> setup,
        Func<ConsumerSubscription, CancellationToken, IAsyncEnumerator<TItem>> read,
        Func<IHandler<TItem>> createHandler,
        Func<TItem, IReadOnlyList<T>> valuesOf)
        : base(setup)
    {
        _read = read;
        _createHandler = Stream.Probe is { } probe ? () => probe.Watch(Stream.Name, Name, createHandler(), valuesOf) : createHandler;
        _valuesOf = valuesOf;
        _handler = _createHandler();
        _retry = CreateBackoff(Options.Retry, OnRetryWait);
        _restart = CreateBackoff(Options.Restart, OnRestartWait);
    }

    /// <inheritdoc/>
    protected override async Task ConsumeAsync(Attachment attachment)
    {
        var items = _read(attachment.Subscription, attachment.Token);
        RunEnd end;
        try
        {
            try
            {
                end = await HandleAllAsync(items, attachment).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                end = new RunEnd(error);
            }

            // The end takes effect before the value is released: no other value may commit in between.
            if (end.Error is not null) End(attachment, end);
        }
        finally
        {
            await items.DisposeAsync().ConfigureAwait(false);
            await ReplaceHandlerAsync(hidesFailure: attachment.IsOver).ConfigureAwait(false);
        }

        if (end.Error is null) End(attachment, end);
    }

    private async Task<RunEnd> HandleAllAsync(IAsyncEnumerator<TItem> items, Attachment attachment)
    {
        var own = ExecutionContext.Capture()!;
        while (await items.MoveNextAsync().ConfigureAwait(false))
        {
            Exception? failure = null;
            _tries = 1;
            IsAtWork = true;
            var process = Telemetry.StartProcess();
            var begun = process is null ? own : ExecutionContext.Capture()!;
            try
            {
                // Inline, since a method of its own would allocate for each value that is not handled synchronously.
                await _handler.HandleAsync(items.Current, attachment.Token).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                failure = Noted(error);
            }

            // Otherwise the ambient state that a non-async handler has changed would be visible to the retry, and to the next value.
            AmbientState.Restore(begun);
            if (failure is not null && await SettleAsync(items.Current, failure, attachment).ConfigureAwait(false) is { Error: not null } end)
            {
                Telemetry.EndProcess(process, end.Error);
                return end;
            }

            Telemetry.EndProcess(process);
            if (process is not null) AmbientState.Restore(own);
            IsAtWork = false;
        }

        return default;
    }

    /// <summary>
    /// Disposes of the handler and creates another. The old one gets no further item, whether its disposal succeeds or not.
    /// </summary>
    /// <param name="hidesFailure">Whether a failure is only logged, so that it does not replace the failure before it.</param>
    private async ValueTask ReplaceHandlerAsync(bool hidesFailure)
    {
        var handler = _handler;
        _handler = _createHandler();
        try
        {
            await handler.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (hidesFailure)
        {
            OnDisposeFailed(error);
        }
    }
}
