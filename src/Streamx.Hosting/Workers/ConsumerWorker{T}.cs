namespace Streamx.Hosting;

/// <inheritdoc/>
/// <typeparam name="T">The type of the stream's values.</typeparam>
internal abstract class ConsumerWorker<T> : ConsumerWorker
{
    /// <summary>Recognises its puts into its own stream.</summary>
    private readonly ConsumerMark _mark;

    /// <summary>Lets one at a time count what has become of values in hand, and tell it: who reports after that, listeners know as much.</summary>
    private readonly Lock _counting = new();

    /// <summary>What became of the values of earlier stays.</summary>
    private readonly ConsumerTotals _totals = new();

    /// <summary>Notices when it holds a value for too long.</summary>
    private readonly StallWatchdog _watchdog;

    /// <summary>Its present stay in the stream, or the last one; null before it has been subscribed.</summary>
    private volatile Attachment<T>? _attachment;

    /// <summary>What it is doing.</summary>
    private volatile StreamxConsumerState _state;

    /// <summary>Whether it failed and took the stream with it.</summary>
    private volatile bool _hasFailed;

    /// <summary>Whether it ended because it was told to abort.</summary>
    private volatile bool _wasAborted;

    protected ConsumerWorker(ConsumerSetup<T> setup)
        : base(setup.Name, setup.Options, setup.Output, setup.Stream.Telemetry)
    {
        Stream = setup.Stream;
        Telemetry = Stream.Telemetry.AddConsumer(this, _totals);
        _mark = new ConsumerMark(Stream, Name);
        _watchdog = new StallWatchdog(Options.StallAfter, Stream.TimeProvider, () => Subscription, OnStall, OnStallOver);
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
    internal override bool IsTakenOut => _attachment is { TakenOut.IsCompleted: true };

    /// <inheritdoc/>
    internal override Task WhenOver => _attachment is { } attachment ? Task.WhenAny(Run, attachment.TakenOut) : Run;

    /// <inheritdoc/>
    internal override StreamxConsumerStatus Status
    {
        get
        {
            var snapshot = Subscription;
            return new StreamxConsumerStatus
            {
                Name = Name,
                State = StateNow(snapshot),
                IsStalled = _watchdog.IsStalled,
                Subscription = snapshot,
                ValuesFinished = _totals.Finished(snapshot),
                ValuesSkipped = _totals.Skipped,
                ValuesDeadLettered = _totals.DeadLettered,
                Retries = _totals.Retries,
                Restarts = Restarts,
                Faults = Faults,
                OutputStream = Output?.Target?.Name,
            };
        }
    }

    /// <summary>The stream it consumes.</summary>
    protected HostedStream<T> Stream { get; }

    /// <summary>Measures it.</summary>
    protected ConsumerTelemetry Telemetry { get; }

    /// <summary>What became of its values, apart from what the subscription counts.</summary>
    protected ConsumerTotals Totals => _totals;

    /// <summary>What it is doing: processing, or waiting before it tries again. Whether it has a value to process at all, the subscription knows.</summary>
    protected StreamxConsumerState State
    {
        set
        {
            if (_state == value) return;
            // Before it shows: whoever has seen it wait finds the time from there on as that of the wait. Once it has left, what
            // its code still tries does not count.
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

    /// <summary>What it is doing: once detached nothing else, whatever its code still tries.</summary>
    private StreamxConsumerState StateNow(SubscriptionSnapshot? snapshot) =>
        IsDetached ? StreamxConsumerState.Detached
        : _state == StreamxConsumerState.Processing && snapshot is not { HoldsValue: true } ? StreamxConsumerState.Idle
        : _state;

    /// <inheritdoc/>
    internal override ConsumerShutdownReport Report(long accepted)
    {
        // An abort has taken it out, if nobody else has, and its code may not have returned.
        if (_attachment is { } attachment) CountLeft(attachment);
        var snapshot = Subscription;
        return new ConsumerShutdownReport
        {
            Name = Name,
            Finished = _totals.Finished(snapshot),
            Skipped = _totals.Skipped,
            DeadLettered = _totals.DeadLettered,
            Aborted = _totals.Abandoned(snapshot),
            Undelivered = snapshot is null ? 0 : _totals.Undelivered(snapshot, accepted),
            TimeWaitedFor = _totals.Gating(snapshot),
            HasReturned = Run.IsCompleted,
        };
    }

    /// <summary>Has its values traced by something of its own. Before it is started.</summary>
    internal void TraceWith(StreamxTracing tracing) => Telemetry.Tracing = tracing;

    /// <summary>A value that cannot be read is passed over.</summary>
    internal void OnUnreadable()
    {
        lock (_counting)
        {
            _totals.OnUnreadable();
            Telemetry.OnItems(ItemOutcome.Skipped, 1);
        }
    }

    /// <summary>Begins a stay in the stream. Its loop is started apart.</summary>
    internal void Join(StreamSubscription<T> subscription)
    {
        // Who took it out may not have come to count that.
        if (_attachment is { } before) CountLeft(before);
        var stay = _attachment is null ? _totals.Start(subscription.GetSnapshot()) : _totals.Add(_attachment.Subscription.GetSnapshot());
        subscription.Observe(Telemetry);
        _attachment = new Attachment<T>(stay, subscription, Stream.AbortToken);
    }

    /// <summary>Starts its loop, once it has joined, unless it has been detached since.</summary>
    internal void Start()
    {
        if (_attachment is not { IsOver: false } attachment) return;
        _state = StreamxConsumerState.Processing;
        Telemetry.Start();
        _watchdog.Start();
        Start(() => RunAsync(attachment));
    }

    /// <inheritdoc/>
    internal override bool TryDetach()
    {
        if (_attachment is not { } attachment || !attachment.TryEnd(detached: true)) return false;
        _state = StreamxConsumerState.Detached;
        Telemetry.Enter(ConsumerTimeState.Paused);
        _mark.IsActive = false;
        _watchdog.Stop();
        return true;
    }

    /// <inheritdoc/>
    internal override void Leave()
    {
        var attachment = _attachment!;
        _ = attachment.Subscription.DisposeAsync();
        CountLeft(attachment);
        attachment.OnTakenOut();
        attachment.GiveUp(error => Log.TokenCallbackFailed(Stream.Logger, error, Stream.Name));
    }

    /// <summary>Consumes until the stream ends.</summary>
    /// <returns>How that ended, when its policies have done what they can; unless that was told to <see cref="EndAsync"/> already. What it throws is a failure, too.</returns>
    protected abstract Task<RunEnd> ConsumeAsync(Attachment<T> attachment);

    /// <summary>Prepares what waits before something is tried again.</summary>
    protected Backoff CreateBackoff(RetryOptions options, Action<int, TimeSpan, Exception> onWait) =>
        new(options, Stream.Probe?.Watch(Stream.Name, Name, Stream.TimeProvider) ?? Stream.TimeProvider, onWait);


    /// <summary>Whether an exception is no failure of the consumer's: it was told to give up, or the stream has ended beneath it.</summary>
    protected bool IsNormalEnd(Attachment<T> attachment, Exception error) => error switch
    {
        OperationCanceledException => Stream.IsAborting || attachment.IsOver,
        HostDisposedException => true,
        // What it puts into has been aborted, which its own stream can no more help than it can its own abort.
        StreamClosedException closed => Output?.Target is { IsAborting: true } target && target.Refused(closed),
        // The stream's own end, which has been logged where it happened.
        StreamFaultedException { InnerException: { } fault } => fault == Stream.Stream.Fault,
        _ => false,
    };

    /// <summary>Whether trying again cannot help: what a processor puts into has ended.</summary>
    protected bool IsFinal(Exception error) => error switch
    {
        StreamClosedException closed => Output?.Target?.Refused(closed) ?? false,
        StreamFaultedException { InnerException: { } fault } => Output?.Target?.Fault == fault,
        _ => false,
    };

    private async Task RunAsync(Attachment<T> attachment)
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

        await EndAsync(attachment, end).ConfigureAwait(false);
    }

    /// <summary>Ends the stay, as its run did. Comes before the value in hand is let go of.</summary>
    protected async Task EndAsync(Attachment<T> attachment, RunEnd end)
    {
        if (end.Error is not null && IsNormalEnd(attachment, end.Error))
        {
            _wasAborted |= end.Error is HostDisposedException or StreamClosedException
                || (end.Error is OperationCanceledException && Stream.IsAborting && HadSomethingToDo(attachment.Subscription));
            end = default;
        }

        var leavesEarly = end.Error is null
            ? !attachment.Subscription.HasReachedEnd && !_wasAborted && !Stream.IsAborting
            : end.Detaches;
        if (!attachment.TryEnd(leavesEarly))
        {
            // It had been detached, or has failed, and has come back from what it was doing then. What that threw changes nothing any more.
            if (end.Error is not null) Log.ConsumerFailedAfterItsEnd(Stream.Logger, end.Error, Stream.Name, Name);
            // A value it came to see only after it had been taken out has an activity, too.
            CountLeft(attachment, end.Error);
            return;
        }

        _watchdog.Stop();
        _mark.IsActive = false;
        _state = leavesEarly ? StreamxConsumerState.Detached : end.Error is null ? StreamxConsumerState.Ended : StreamxConsumerState.Failed;
        if (leavesEarly) Telemetry.Enter(ConsumerTimeState.Paused);
        else Telemetry.Stop();
        // The fault before the subscription is left, so that no value commits in between, and before the log: whatever a logger
        // does, the failure must have its effect.
        if (!leavesEarly && end.Error is not null) Fail(end.Error);
        if (leavesEarly) Stream.OnConsumerLeft(this, end.Error is null ? "returned before the end" : "failed and was detached");
        await attachment.Subscription.DisposeAsync().ConfigureAwait(false);
        CountLeft(attachment, end.Error);
        if (!leavesEarly) return;
        if (end.Error is null) Log.ConsumerReturned(Stream.Logger, Stream.Name, Name);
        else Log.ConsumerFailedAndLeft(Stream.Logger, end.Error, Stream.Name, Name);
    }

    /// <summary>Counts values in hand that nobody took, unless they have been counted as abandoned.</summary>
    protected void CountSkipped(Attachment<T> attachment, int count)
    {
        lock (_counting)
        {
            if (_totals.OnSkipped(count, attachment.Subscription.GetSnapshot())) Telemetry.OnItems(ItemOutcome.Skipped, count);
        }
    }

    /// <summary>Counts a value in hand that the dead-letter handler took, unless it has been counted as abandoned.</summary>
    protected void CountDeadLettered(Attachment<T> attachment)
    {
        lock (_counting)
        {
            if (_totals.OnDeadLettered(attachment.Subscription.GetSnapshot())) Telemetry.OnItems(ItemOutcome.DeadLettered, 1);
        }
    }

    /// <summary>A stay is over, or is going to be: what it abandoned is counted and told, by whoever comes first.</summary>
    private void CountLeft(Attachment<T> attachment, Exception? error = null)
    {
        Telemetry.OnLeft(error);
        lock (_counting) Telemetry.OnAbandoned(_totals.CountAbandoned(attachment.Stay, attachment.Subscription.GetSnapshot()), error);
    }

    private void Fail(Exception error)
    {
        _hasFailed = true;
        Stream.Fail(error);
        Log.ConsumerFailed(Stream.Logger, error, Stream.Name, Name);
    }

    /// <summary>Whether there were values left for it, or it was at work after the last of them.</summary>
    private static bool HadSomethingToDo(StreamSubscription<T> subscription) =>
        subscription.HasReachedEnd || subscription.GetSnapshot() is { ValuesAbandoned: > 0 } or { Lag: > 0 };

    private void OnStall(TimeSpan age)
    {
        var waiting = Stream.Stream.GetSnapshot().ValuesWaiting;
        Log.ConsumerStalled(Stream.Logger, Stream.Name, Name, age, waiting, Options.OnStall);
        switch (Options.OnStall)
        {
            case StallAction.Detach:
                if (!TryDetach()) break;
                // Counted before it leaves: where values without a consumer are discarded, the last one must not leave a gap.
                Stream.OnConsumerLeft(this, "stalled and was detached");
                Leave();
                break;
            case StallAction.FaultStream when !_hasFailed:
                Fail(new TimeoutException($"Consumer '{Name}' of stream '{Stream.Name}' has held one value for {age}, longer than its StallAfter of {Options.StallAfter}."));
                break;
        }
    }

    private void OnStallOver() => Log.ConsumerRecovered(Stream.Logger, Stream.Name, Name);
}
