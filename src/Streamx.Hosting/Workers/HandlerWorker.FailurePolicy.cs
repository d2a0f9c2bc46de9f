namespace Streamx.Hosting.Workers;

/// <content>What becomes of an item whose handler failed: retries, then the failure policy of the consumer.</content>
internal sealed partial class HandlerWorker<T, TItem>
{
    /// <summary>Applies the options to a failure. No error means that the item is settled.</summary>
    private async Task<RunEnd> SettleAsync(TItem item, Exception error, Attachment attachment)
    {
        if (await RetryAsync(item, error, attachment).ConfigureAwait(false) is not { } last) return default;
        if (!IsNormalEnd(attachment, last)) CountFault(last, InHand);
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

    private async ValueTask<TryResult> TryAgainAsync(TItem item, Attachment attachment)
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
            return new TryResult(error, IsLast: IsNormalEnd(attachment, error) || IsFinal(error));
        }
    }

    /// <summary>The failure of a try, after recording whether the value was tried at all.</summary>
    private Exception Noted(Exception failure)
    {
        _isNotBuilt = failure is NotBuiltException;
        return NotBuiltException.CauseOf(failure);
    }

    private async ValueTask<TryResult> RestartAsync(TItem item, Attachment attachment)
    {
        CountRestart(_lastFailure!);
        await ReplaceHandlerAsync(hidesFailure: true).ConfigureAwait(false);
        var attempt = await TryAgainAsync(item, attachment).ConfigureAwait(false);
        if (attempt.Error is null) return attempt;
        var last = await RetryAsync(item, attempt.Error, attachment).ConfigureAwait(false);
        if (last is null) return default;
        var isLast = IsNormalEnd(attachment, last) || IsFinal(last);
        if (!IsNormalEnd(attachment, last)) CountFault(last, InHand);
        _lastFailure = last;
        return new TryResult(last, isLast);
    }

    /// <summary>Gives each value to the dead-letter handler, if there is one.</summary>
    private async Task<RunEnd> SkipAsync(TItem item, Exception error, Attachment attachment)
    {
        var values = _valuesOf(item);
        Telemetry.OnItemFailed(error);
        if (Stream.DeadLetters is not { } deadLetters)
        {
            CountSkipped(attachment, values.Count, error);
            Log.ValuesSkipped(Stream.Logger, error, Stream.Name, Name, InHand, values.Count, _tries);
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
                if (!IsNormalEnd(attachment, failure)) CountFault(failure, InHand);
                return new RunEnd(failure);
            }

            CountDeadLettered(attachment, index, error);
        }

        Log.ValuesDeadLettered(Stream.Logger, error, Stream.Name, Name, InHand, values.Count, _tries);
        return default;
    }

    private void OnRetryWait(int attempt, TimeSpan delay, Exception error)
    {
        NoteFailure(error, InHand);
        Totals.OnRetry();
        Telemetry.OnRetry(error);
        State = StreamxConsumerState.RetryWait;
        Log.ConsumerRetries(Stream.Logger, error, Stream.Name, Name, InHand, delay.TotalSeconds, attempt);
    }

    private void OnRestartWait(int attempt, TimeSpan delay, Exception error)
    {
        State = StreamxConsumerState.RestartWait;
        Log.ConsumerRestarts(Stream.Logger, error, Stream.Name, Name, delay.TotalSeconds, attempt, InHand);
    }
}
