namespace Streamx.Hosting.Workers;

/// <inheritdoc/>
/// <typeparam name="T">The type of the stream's values.</typeparam>
internal abstract class ConsumerWorker<T> : ConsumerWorker
{
    /// <summary>Recognises its puts into its own stream.</summary>
    private readonly ConsumerMark _mark;

    /// <summary>Counts the outcomes of its values.</summary>
    private readonly ConsumerOutcomes _outcomes;

    /// <summary>Tells failures from normal ends.</summary>
    private readonly RunErrors _errors;

    /// <summary>Acts when the consumer holds a value for too long.</summary>
    private readonly StallPolicy<T> _stalls;

    /// <summary>The last values that it skipped or dead-lettered.</summary>
    private readonly FailedValues _failedValues = new();

    /// <summary>Its current attachment, or the last one; null before it has been subscribed.</summary>
    private volatile Attachment? _attachment;

    /// <summary>What it is doing.</summary>
    private volatile StreamxConsumerState _state;

    /// <inheritdoc cref="HasFailed"/>
    private volatile bool _hasFailed;

    /// <summary>Whether it ended because of an abort.</summary>
    private volatile bool _wasAborted;

    protected ConsumerWorker(ConsumerSetup<T> setup)
        : base(setup.Name, setup.Options, setup.Output, setup.Stream.Telemetry)
    {
        Stream = setup.Stream;
        OnDisposeFailed = setup.OnDisposeFailed;
        Telemetry = Stream.Telemetry.AddConsumer(this, Totals);
        _outcomes = new ConsumerOutcomes(Totals, Telemetry);
        _errors = new RunErrors(Stream, Output);
        _mark = new ConsumerMark(Stream, Telemetry);
        _stalls = new StallPolicy<T>(this, Stream);
        Stream.Backend.AddConsumer(this);
    }

    /// <inheritdoc/>
    internal override bool WasAborted => _wasAborted || (!Run.IsCompleted && !IsTakenOut);

    /// <inheritdoc/>
    internal override bool IsDetached => _attachment is { WasDetached: true };

    /// <inheritdoc/>
    internal override bool IsAttached => _attachment is { IsOver: false };

    /// <inheritdoc/>
    internal override SubscriptionSnapshot? Subscription => _attachment?.Subscription.GetSnapshot();

    /// <inheritdoc/>
    internal override OutputWaits OutputWaits => Telemetry.OutputWaits;

    /// <inheritdoc/>
    internal override TimeSpan TimeWaitedFor => Totals.Gating(Subscription);

    /// <inheritdoc/>
    internal override bool IsTakenOut => _attachment is { TakenOut.IsCompleted: true };

    /// <inheritdoc/>
    internal override Task WhenOver => _attachment is { } attachment ? Task.WhenAny(Run, attachment.TakenOut) : Run;

    /// <inheritdoc/>
    internal override StreamxConsumerStatus Status
    {
        get
        {
            var snapshot = Subscription;
            var output = OutputWaits.Oldest;
            return new StreamxConsumerStatus
            {
                Name = Name,
                State = StateNow(snapshot, output is not null),
                IsStalled = _stalls.IsStalled,
                Subscription = snapshot,
                ValuesFinished = Totals.Finished(snapshot),
                ValuesSkipped = Totals.Skipped,
                ValuesDeadLettered = Totals.DeadLettered,
                Retries = Totals.Retries,
                Restarts = Restarts,
                Faults = Faults,
                OutputStream = Output?.Target?.Name,
                WaitsIn = output?.Target.Name,
                TimeWaitingForOutput = OutputWaits.Time,
                DetachCause = _attachment?.DetachCause,
                LastFailure = LastFailure,
                FailedValues = _failedValues.Last,
            };
        }
    }

    /// <summary>Whether it failed and took the stream with it.</summary>
    internal bool HasFailed => _hasFailed;

    /// <summary>The stream it consumes.</summary>
    protected HostedStream<T> Stream { get; }

    /// <summary>Measures it.</summary>
    protected ConsumerTelemetry Telemetry { get; }

    /// <summary>The outcomes of its values, apart from those that the subscription counts.</summary>
    protected ConsumerTotals Totals { get; } = new();

    /// <summary>
    /// Its activity: processing, or waiting before it tries again. The subscription knows whether it has a value to process at all.
    /// </summary>
    protected StreamxConsumerState State
    {
        set
        {
            if (_state == value) return;
            // Told before the state is visible: a reader that has seen the wait finds the time from then on counted as wait. Once the
            // consumer has left, what its code still tries does not count.
            if (IsAttached)
            {
                Telemetry.Enter(value switch
                {
                    StreamxConsumerState.RetryWait => ConsumerTimeState.RetryWait,
                    StreamxConsumerState.RestartWait => ConsumerTimeState.RestartWait,
                    _ => null,
                });
            }

            _state = value;
        }
    }

    /// <summary>Whether its code is at work, so that it must not put into its own stream.</summary>
    protected bool IsAtWork
    {
        set => _mark.IsActive = value;
    }

    /// <summary>Its activity. Once it is detached that does not change, whatever its code still tries.</summary>
    private StreamxConsumerState StateNow(SubscriptionSnapshot? snapshot, bool waitsForOutput) =>
        IsDetached ? StreamxConsumerState.Detached
        : _state != StreamxConsumerState.Processing ? _state
        : snapshot is not { HoldsValue: true } ? StreamxConsumerState.Idle
        : waitsForOutput ? StreamxConsumerState.OutputWait
        : _state;

    /// <inheritdoc/>
    internal override ConsumerShutdownReport Report(long accepted) => _outcomes.Report(_attachment, accepted, Run.IsCompleted);

    /// <summary>Sets a tracer of its own for its values. Called before it is started.</summary>
    internal void TraceWith(StreamxTracing tracing) => Telemetry.Tracing = tracing;

    /// <inheritdoc cref="ConsumerTelemetry.WhenFinished"/>
    internal Action? WhenFinished
    {
        set => Telemetry.WhenFinished = value;
    }

    /// <inheritdoc cref="ConsumerOutcomes.OnUnreadable"/>
    /// <param name="position">Its number in the transport.</param>
    /// <param name="error">Why it could not be read.</param>
    internal void OnUnreadable(long position, Exception error)
    {
        NoteFailedValue(position, error, wasDeadLettered: false);
        _outcomes.OnUnreadable();
    }

    /// <summary>Begins an attachment to the stream. Its loop is started separately.</summary>
    internal void Join(ConsumerSubscription subscription)
    {
        var stay = _outcomes.BeginStay(_attachment, subscription);
        subscription.Observe(Telemetry);
        _attachment = new Attachment(stay, subscription, Stream.AbortToken);
    }

    /// <summary>Starts its loop, once it has joined, unless it has been detached since.</summary>
    internal void Start()
    {
        if (_attachment is not { IsOver: false } attachment) return;
        _state = StreamxConsumerState.Processing;
        Telemetry.Start();
        _stalls.Start();
        Start(() => RunAsync(attachment));
    }

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

    /// <summary>Consumes until the stream ends.</summary>
    /// <returns>
    /// How the run ended, after the policies have been applied, unless that was reported to <see cref="End"/> already. An exception is
    /// a failure, too.
    /// </returns>
    protected abstract Task<RunEnd> ConsumeAsync(Attachment attachment);

    /// <summary>Prepares the waits before a retry or a restart.</summary>
    protected Backoff CreateBackoff(RetryOptions options, Action<int, TimeSpan, Exception> onWait) =>
        new(options, Stream.Probe?.Watch(Stream.Name, Name, Stream.TimeProvider) ?? Stream.TimeProvider, onWait);

    /// <inheritdoc cref="ConsumerSetup{T}.OnDisposeFailed"/>
    protected Action<Exception> OnDisposeFailed { get; }

    /// <inheritdoc cref="RunErrors.IsNormalEnd"/>
    protected bool IsNormalEnd(Attachment attachment, Exception error) => _errors.IsNormalEnd(error, attachment.IsOver);

    /// <inheritdoc cref="RunErrors.IsFinal"/>
    protected bool IsFinal(Exception error) => _errors.IsFinal(error);

    private async Task RunAsync(Attachment attachment)
    {
        _mark.Set();
        RunEnd end;
        try
        {
            end = await ConsumeAsync(attachment).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            end = new RunEnd(error);
        }

        End(attachment, end);
    }

    /// <summary>Ends the attachment, as its run did. Called before the value in hand is released.</summary>
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
            if (end.Error is not null) Log.ConsumerFailedAfterItsEnd(Stream.Logger, end.Error, Stream.Name, Name);
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
        if (end.Error is null) Log.ConsumerReturned(Stream.Logger, Stream.Name, Name);
        else Log.ConsumerFailedAndLeft(Stream.Logger, end.Error, Stream.Name, Name);
    }

    /// <inheritdoc cref="ConsumerOutcomes.OnSkipped"/>
    protected void CountSkipped(Attachment attachment, int count, Exception error)
    {
        var first = attachment.Subscription.GetSnapshot().Position;
        // Of a batch with more values than are remembered, the last ones are kept.
        for (var index = Math.Max(0, count - FailedValues.Capacity); index < count; index++) NoteFailedValue(first + index, error, wasDeadLettered: false);
        _outcomes.OnSkipped(attachment, count);
    }

    /// <inheritdoc cref="ConsumerOutcomes.OnDeadLettered"/>
    /// <param name="attachment">The attachment that has the value in hand.</param>
    /// <param name="index">Which of the values in hand it is.</param>
    /// <param name="error">What the last try failed with.</param>
    protected void CountDeadLettered(Attachment attachment, int index, Exception error)
    {
        NoteFailedValue(attachment.Subscription.GetSnapshot().Position + index, error, wasDeadLettered: true);
        _outcomes.OnDeadLettered(attachment);
    }

    private void NoteFailedValue(long position, Exception error, bool wasDeadLettered) =>
        _failedValues.Add(new StreamxFailedValue { Position = position, WasDeadLettered = wasDeadLettered, Failure = StreamxFailure.Of(error, Stream.TimeProvider) });

    /// <summary>It has failed, and takes the stream with it.</summary>
    internal void Fail(Exception error)
    {
        NoteFailure(error);
        _hasFailed = true;
        Stream.Fail(error);
        Log.ConsumerFailed(Stream.Logger, error, Stream.Name, Name);
    }
}
