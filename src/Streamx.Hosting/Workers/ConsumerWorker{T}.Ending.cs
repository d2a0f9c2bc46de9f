namespace Streamx.Hosting.Workers;

/// <content>How an attachment ends: its consumer is taken out, or its run ends by itself.</content>
internal abstract partial class ConsumerWorker<T>
{
    /// <inheritdoc/>
    internal override bool TryDetach(StreamxDetachCause cause)
    {
        if (_attachment is not { } attachment || !attachment.TryEnd(cause)) return false;
        _state = StreamxConsumerState.Detached;
        Telemetry.Pause();
        foreach (var slot in Slots) slot.IsAtWork = false;
        _stalls.Stop();
        return true;
    }

    /// <inheritdoc/>
    internal override void Leave()
    {
        var attachment = _attachment!;
        attachment.Subscription.Leave();
        _outcomes.OnLeft(attachment);
        attachment.OnTakenOut();
        attachment.GiveUp(error => Log.TokenCallbackFailed(Stream.Logger, error, Stream.Name));
    }

    /// <summary>
    /// Ends the attachment, as one of its slots did, while calls of the others are under way: before the slot's value is released, and
    /// before another begins.
    /// </summary>
    /// <returns>
    /// Whether the failure has been dealt with, so that only <see cref="CountLeft"/> is to follow, once the consumer has left.
    /// </returns>
    internal bool TryEndEarly(Attachment attachment, RunEnd end)
    {
        if (IsNormalEnd(attachment, end.Error!)) return false;
        if (end.Detaches)
        {
            End(attachment, end);
            attachment.GiveUp(error => Log.TokenCallbackFailed(Stream.Logger, error, Stream.Name));
            return true;
        }

        if (!attachment.TryEnd(cause: null)) return false;
        OnEnded(StreamxConsumerState.Failed);
        Fail(end.Error!, end.Item);
        return true;
    }

    /// <summary>Counts what the attachment had in hand when it left.</summary>
    protected void CountLeft(Attachment attachment, Exception? error) => _outcomes.OnLeft(attachment, error);

    /// <summary>A call that was under way when its consumer had ended has failed as well.</summary>
    internal void OnFailedAfterEnd(Attachment attachment, RunEnd end)
    {
        if (!IsNormalEnd(attachment, end.Error!))
            Log.ConsumerFailedAfterItsEnd(Stream.Logger, end.Error!, Stream.Name, Name, end.Item ?? attachment.Subscription.InHand);
    }

    /// <summary>Ends the attachment, as its run did. After a failure it is called before the value in hand is released.</summary>
    protected void End(Attachment attachment, RunEnd end)
    {
        if (end.Error is not null && IsNormalEnd(attachment, end.Error))
        {
            _wasAborted |= _errors.IsAbort(end.Error, attachment.HasSomethingToDo);
            end = default;
        }

        var leavesEarly = end.Error is null
            ? !attachment.Subscription.HasReachedEnd && !_wasAborted && !Stream.IsAborting
            : end.Detaches;
        StreamxDetachCause? cause = !leavesEarly ? null : end.Error is null ? StreamxDetachCause.Returned : StreamxDetachCause.Failure;
        if (!attachment.TryEnd(cause))
        {
            // The consumer had been detached, or has failed, and its code has returned since. An exception from that code changes nothing
            // any more.
            if (end.Error is not null)
                Log.ConsumerFailedAfterItsEnd(Stream.Logger, end.Error, Stream.Name, Name, end.Item ?? attachment.Subscription.InHand);
            // A value that it saw only after it had been taken out has an activity, too.
            _outcomes.OnLeft(attachment, end.Error);
            return;
        }

        OnEnded(leavesEarly ? StreamxConsumerState.Detached : end.Error is null ? StreamxConsumerState.Ended : StreamxConsumerState.Failed);
        // The stream faults before the subscription is left, so that no value commits in between.
        if (!leavesEarly && end.Error is not null) Fail(end.Error, end.Item);
        if (leavesEarly) Stream.OnConsumerLeft(this, end.Error is null ? "returned before the end" : "failed and was detached");
        attachment.Subscription.Leave();
        _outcomes.OnLeft(attachment, end.Error);
        if (!leavesEarly) return;
        if (end.Error is null) Log.ConsumerReturned(Stream.Logger, Stream.Name, Name, attachment.Subscription.InHand);
        else Log.ConsumerFailedAndLeft(Stream.Logger, end.Error, Stream.Name, Name, end.Item ?? attachment.Subscription.InHand);
    }

    /// <summary>The end of the attachment has been decided.</summary>
    private void OnEnded(StreamxConsumerState state)
    {
        _stalls.Stop();
        foreach (var slot in Slots) slot.IsAtWork = false;
        _state = state;
        if (state == StreamxConsumerState.Detached) Telemetry.Pause();
        else Telemetry.Stop();
    }

    /// <summary>It has failed, and takes the stream with it.</summary>
    /// <param name="error">The failure.</param>
    /// <param name="inHand">What it failed on; null for what it has in hand.</param>
    internal void Fail(Exception error, ItemInHand? inHand = null)
    {
        var item = inHand ?? InHand;
        NoteFailure(error, item);
        _hasFailed = true;
        Stream.Fail(error);
        Log.ConsumerFailed(Stream.Logger, error, Stream.Name, Name, item);
    }
}
