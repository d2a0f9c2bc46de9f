namespace Streamx.Hosting.Workers;

/// <content>How an attachment ends: its consumer is taken out, or its run ends by itself.</content>
internal abstract partial class ConsumerWorker<T>
{
    /// <inheritdoc/>
    internal override bool TryDetach(StreamxDetachCause cause)
    {
        if (_attachment is not { } attachment || !attachment.TryEnd(cause)) return false;
        _state = StreamxConsumerState.Detached;
        Telemetry.Enter(ConsumerTimeState.Paused);
        _mark.IsActive = false;
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
                Log.ConsumerFailedAfterItsEnd(Stream.Logger, end.Error, Stream.Name, Name, attachment.Subscription.InHand);
            // A value that it saw only after it had been taken out has an activity, too.
            _outcomes.OnLeft(attachment, end.Error);
            return;
        }

        _stalls.Stop();
        _mark.IsActive = false;
        _state = leavesEarly ? StreamxConsumerState.Detached : end.Error is null ? StreamxConsumerState.Ended : StreamxConsumerState.Failed;
        if (leavesEarly) Telemetry.Enter(ConsumerTimeState.Paused);
        else Telemetry.Stop();
        // The stream faults before the subscription is left, so that no value commits in between.
        if (!leavesEarly && end.Error is not null) Fail(end.Error);
        if (leavesEarly) Stream.OnConsumerLeft(this, end.Error is null ? "returned before the end" : "failed and was detached");
        attachment.Subscription.Leave();
        _outcomes.OnLeft(attachment, end.Error);
        if (!leavesEarly) return;
        if (end.Error is null) Log.ConsumerReturned(Stream.Logger, Stream.Name, Name, attachment.Subscription.InHand);
        else Log.ConsumerFailedAndLeft(Stream.Logger, end.Error, Stream.Name, Name, attachment.Subscription.InHand);
    }

    /// <summary>It has failed, and takes the stream with it.</summary>
    internal void Fail(Exception error)
    {
        var item = InHand;
        NoteFailure(error, item);
        _hasFailed = true;
        Stream.Fail(error);
        Log.ConsumerFailed(Stream.Logger, error, Stream.Name, Name, item);
    }
}
