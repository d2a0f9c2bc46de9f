namespace Streamx.Hosting.Workers;

/// <summary>Runs a consumer that is called with each item: a value, or a batch.</summary>
internal sealed class HandlerWorker<T, TItem> : ConsumerWorker<T>
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

    /// <summary>Applies the options to a failure. No error means that the item is settled.</summary>
    private async Task<RunEnd> SettleAsync(TItem item, Exception error, Attachment attachment)
    {
        if (await RetryAsync(item, error, attachment).ConfigureAwait(false) is not { } last) return default;
        if (!IsNormalEnd(attachment, last)) CountFault(last);
        if (IsNormalEnd(attachment, last) || IsFinal(last)) return new RunEnd(last);
        switch (Options.OnFailure)
        {
            // No value is skipped for a failure that the value did not cause.
            case ConsumerFailure.Skip when _isNotBuilt:
                return new RunEnd(last);
            case ConsumerFailure.Skip:
                return await SkipAsync(item, last, attachment).ConfigureAwait(false);
            case ConsumerFailure.Detach:
                return new RunEnd(last, Detaches: true);
            case ConsumerFailure.Restart:
                _lastFailure = last;
                return new RunEnd(await _restart.RunAsync(last, _ => RestartAsync(item, attachment), attachment.Token).ConfigureAwait(false));
            default:
                return new RunEnd(last);
        }
    }

    /// <summary>Tries again as often as the options allow. Returns the failure of the last try, or null.</summary>
    private ValueTask<Exception?> RetryAsync(TItem item, Exception error, Attachment attachment) =>
        IsNormalEnd(attachment, error) || IsFinal(error)
            ? new(error)
            : _retry.RunAsync(error, _ => TryAgainAsync(item, attachment), attachment.Token);

    private async ValueTask<Attempt> TryAgainAsync(TItem item, Attachment attachment)
    {
        _tries++;
        State = StreamxConsumerState.Processing;
        try
        {
            await _handler.HandleAsync(item, attachment.Token).ConfigureAwait(false);
            return default;
        }
        catch (Exception failure)
        {
            var error = Noted(failure);
            return new Attempt(error, IsLast: IsNormalEnd(attachment, error) || IsFinal(error));
        }
    }

    /// <summary>The failure of a try, after recording whether the value was tried at all.</summary>
    private Exception Noted(Exception failure)
    {
        _isNotBuilt = failure is NotBuiltException;
        return NotBuiltException.CauseOf(failure);
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

    private async ValueTask<Attempt> RestartAsync(TItem item, Attachment attachment)
    {
        CountRestart(_lastFailure!);
        await ReplaceHandlerAsync(hidesFailure: true).ConfigureAwait(false);
        var attempt = await TryAgainAsync(item, attachment).ConfigureAwait(false);
        if (attempt.Error is null) return attempt;
        var last = await RetryAsync(item, attempt.Error, attachment).ConfigureAwait(false);
        if (last is null) return default;
        var isLast = IsNormalEnd(attachment, last) || IsFinal(last);
        if (!IsNormalEnd(attachment, last)) CountFault(last);
        _lastFailure = last;
        return new Attempt(last, isLast);
    }

    /// <summary>Gives each value to the dead-letter handler, if there is one.</summary>
    private async Task<RunEnd> SkipAsync(TItem item, Exception error, Attachment attachment)
    {
        var values = _valuesOf(item);
        Telemetry.OnItemFailed(error);
        if (Stream.DeadLetters is not { } deadLetters)
        {
            CountSkipped(attachment, values.Count, error);
            Log.ValuesSkipped(Stream.Logger, error, Stream.Name, Name, values.Count, _tries);
            return default;
        }

        for (var index = 0; index < values.Count; index++)
        {
            try
            {
                await deadLetters.HandleAsync(new DeadLetter<T>(values[index], Stream.Name, Name, error, _tries), attachment.Token).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                if (!IsNormalEnd(attachment, failure)) CountFault(failure);
                return new RunEnd(failure);
            }

            CountDeadLettered(attachment, index, error);
        }

        Log.ValuesDeadLettered(Stream.Logger, error, Stream.Name, Name, values.Count, _tries);
        return default;
    }

    private void OnRetryWait(int attempt, TimeSpan delay, Exception error)
    {
        NoteFailure(error);
        Totals.OnRetry();
        Telemetry.OnRetry(error);
        State = StreamxConsumerState.RetryWait;
        Log.ConsumerRetries(Stream.Logger, error, Stream.Name, Name, delay.TotalSeconds, attempt);
    }

    private void OnRestartWait(int attempt, TimeSpan delay, Exception error)
    {
        State = StreamxConsumerState.RestartWait;
        Log.ConsumerRestarts(Stream.Logger, error, Stream.Name, Name, delay.TotalSeconds, attempt);
    }
}
