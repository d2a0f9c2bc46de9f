namespace Streamx.Hosting.Failures;

/// <summary>
/// Decides what becomes of an item that a slot's handler has failed on: retries, then the <see cref="ConsumerOptions.OnFailure"/> of the
/// consumer.
/// </summary>
/// <remarks>Not thread-safe: a slot has one item in hand at a time, and only its run gets here.</remarks>
internal sealed class FailurePolicy<T, TItem>
{
    private readonly ConsumerWorker<T> _worker;
    private readonly ConsumerSlot _slot;
    private readonly HandlerSource<TItem> _handlers;
    private readonly Func<TItem, IReadOnlyList<T>> _valuesOf;

    /// <summary>The waits before a value is tried again.</summary>
    private readonly Backoff _retry;

    /// <summary>The waits before the handler is started again.</summary>
    private readonly Backoff _restart;

    /// <summary>Its last failure, which causes the restart.</summary>
    private Exception? _lastFailure;

    /// <summary>How often the item in hand has been tried.</summary>
    private int _tries;

    /// <summary>Whether the last try failed because the handler could not be built.</summary>
    private bool _isNotBuilt;

    /// <summary>Why the value in hand has no key, although it should; null otherwise.</summary>
    private Exception? _keyFailure;

    /// <summary>The values in hand.</summary>
    private IValuesInHand _inHand = null!;

    /// <summary>Ends waits before a retry or a restart. Cancelled with the attachment's token, if not before.</summary>
    private CancellationToken _waitToken;

    /// <summary>Prepares it.</summary>
    /// <param name="worker">The consumer.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="handlers">Its handler.</param>
    /// <param name="valuesOf">The values of an item.</param>
    internal FailurePolicy(
        ConsumerWorker<T> worker, ConsumerSlot slot, HandlerSource<TItem> handlers, Func<TItem, IReadOnlyList<T>> valuesOf)
    {
        _worker = worker;
        _slot = slot;
        _handlers = handlers;
        _valuesOf = valuesOf;
        _retry = worker.CreateBackoff(worker.Options.Retry, OnRetryWait);
        _restart = worker.CreateBackoff(worker.Options.Restart, OnRestartWait);
    }

    /// <summary>An attachment begins.</summary>
    /// <param name="inHand">The values that it has in hand.</param>
    /// <param name="waitToken">Ends waits before a retry or a restart.</param>
    internal void Attach(IValuesInHand inHand, CancellationToken waitToken) => (_inHand, _waitToken) = (inHand, waitToken);

    /// <summary>An item is about to be tried for the first time.</summary>
    /// <param name="keyFailure">Why its only value has no key, although it should; null otherwise.</param>
    internal void Begin(Exception? keyFailure) => (_tries, _isNotBuilt, _keyFailure) = (1, false, keyFailure);

    /// <summary>The failure of a try, after recording whether the value was tried at all.</summary>
    internal Exception Noted(Exception failure)
    {
        _isNotBuilt = failure is NotBuiltException;
        return NotBuiltException.CauseOf(failure);
    }

    /// <summary>Applies the options to a failure. No error means that the item is settled.</summary>
    /// <param name="item">The item.</param>
    /// <param name="error">What the first try failed with.</param>
    /// <param name="attachment">The attachment that has it in hand.</param>
    internal async Task<RunEnd> SettleAsync(TItem item, Exception error, Attachment attachment)
    {
        if (await RetryAsync(item, error, attachment).ConfigureAwait(false) is not { } last) return default;
        if (IsFault(attachment, last)) _worker.CountFault(last, _inHand.Item);
        if (_worker.IsNormalEnd(attachment, last) || _worker.IsFinal(last) || HasAnotherEnded(attachment)) return new RunEnd(last);
        switch (_worker.Options.OnFailure)
        {
            // No value is skipped for a failure that the value did not cause.
            case ConsumerFailure.Skip when _isNotBuilt:
                return new RunEnd(last);
            case ConsumerFailure.Skip:
                return await SkipAsync(item, last, attachment).ConfigureAwait(false);
            case ConsumerFailure.Detach:
                return new RunEnd(last, Detaches: true);
            // Another handler gives the value no key: the restarts would go on without end.
            case ConsumerFailure.Restart when _keyFailure is not null:
                return new RunEnd(last);
            case ConsumerFailure.Restart:
                _lastFailure = last;
                return new RunEnd(await _restart.RunAsync(last, _ => RestartAsync(item, attachment), _waitToken).ConfigureAwait(false));
            default:
                return new RunEnd(last);
        }
    }

    /// <summary>
    /// Whether another slot has ended the consumer, and with it the waits and calls that were left for this item: it is not settled. An
    /// abort cancels the attachment's token as well; then the failure decides.
    /// </summary>
    private bool HasAnotherEnded(Attachment attachment) => _waitToken != attachment.Token
        && (attachment.IsOver || (_waitToken.IsCancellationRequested && !attachment.Token.IsCancellationRequested));

    /// <summary>Whether an exception is a failure of the consumer, rather than an end that came from elsewhere.</summary>
    private bool IsFault(Attachment attachment, Exception error) =>
        !_worker.IsNormalEnd(attachment, error) && !(error is OperationCanceledException && HasAnotherEnded(attachment));

    /// <summary>Tries again as often as the options allow. Returns the failure of the last try, or null.</summary>
    private ValueTask<Exception?> RetryAsync(TItem item, Exception error, Attachment attachment) =>
        _keyFailure is not null || _worker.IsNormalEnd(attachment, error) || _worker.IsFinal(error)
            ? new(error)
            : _retry.RunAsync(error, _ => TryAgainAsync(item, attachment), _waitToken);

    private async ValueTask<TryResult> TryAgainAsync(TItem item, Attachment attachment)
    {
        // The consumer may have ended while this slot waited, for a time or for the calls of the others: it begins no call any more.
        if (attachment.IsOver || _waitToken.IsCancellationRequested)
            return new TryResult(new OperationCanceledException(_waitToken), IsLast: true);
        _tries++;
        _slot.State = StreamxConsumerState.Processing;
        try
        {
            await _handlers.Current.HandleAsync(item, attachment.Token).ConfigureAwait(false);
            return default;
        }
        catch (Exception failure)
        {
            var error = Noted(failure);
            return new TryResult(error, IsLast: _worker.IsNormalEnd(attachment, error) || _worker.IsFinal(error));
        }
    }

    private async ValueTask<TryResult> RestartAsync(TItem item, Attachment attachment)
    {
        _worker.CountRestart(_lastFailure!);
        await _handlers.ReplaceAsync(hidesFailure: true).ConfigureAwait(false);
        var attempt = await TryAgainAsync(item, attachment).ConfigureAwait(false);
        if (attempt.Error is null) return attempt;
        var last = await RetryAsync(item, attempt.Error, attachment).ConfigureAwait(false);
        if (last is null) return default;
        var isLast = _worker.IsNormalEnd(attachment, last) || _worker.IsFinal(last) || HasAnotherEnded(attachment);
        if (IsFault(attachment, last)) _worker.CountFault(last, _inHand.Item);
        _lastFailure = last;
        return new TryResult(last, isLast);
    }

    /// <summary>Gives each value to the dead-letter handler, if there is one.</summary>
    private async Task<RunEnd> SkipAsync(TItem item, Exception error, Attachment attachment)
    {
        var values = _valuesOf(item);
        _slot.Telemetry.OnItemFailed(error);
        if (_worker.Stream.DeadLetters is not { } deadLetters)
        {
            _worker.CountSkipped(_inHand, _slot.Telemetry, values.Count, error);
            Log.ValuesSkipped(_worker.Stream.Logger, error, _worker.Stream.Name, _worker.Name, _inHand.Item, values.Count, _tries);
            return default;
        }

        for (var index = 0; index < values.Count; index++)
        {
            try
            {
                await deadLetters.HandleAsync(
                    new DeadLetter<T>(values[index], _worker.Stream.Name, _worker.Name, error, _tries),
                    attachment.Token).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                if (!_worker.IsNormalEnd(attachment, failure)) _worker.CountFault(failure, _inHand.Item);
                return new RunEnd(failure);
            }

            _worker.CountDeadLettered(_inHand, _slot.Telemetry, index, error);
        }

        Log.ValuesDeadLettered(_worker.Stream.Logger, error, _worker.Stream.Name, _worker.Name, _inHand.Item, values.Count, _tries);
        return default;
    }

    private void OnRetryWait(int attempt, TimeSpan delay, Exception error)
    {
        _worker.NoteFailure(error, _inHand.Item);
        _worker.Totals.OnRetry();
        _slot.Telemetry.OnRetry(error);
        _slot.State = StreamxConsumerState.RetryWait;
        Log.ConsumerRetries(_worker.Stream.Logger, error, _worker.Stream.Name, _worker.Name, _inHand.Item, delay.TotalSeconds, attempt);
    }

    private void OnRestartWait(int attempt, TimeSpan delay, Exception error)
    {
        _slot.State = StreamxConsumerState.RestartWait;
        Log.ConsumerRestarts(_worker.Stream.Logger, error, _worker.Stream.Name, _worker.Name, delay.TotalSeconds, attempt, _inHand.Item);
    }
}
