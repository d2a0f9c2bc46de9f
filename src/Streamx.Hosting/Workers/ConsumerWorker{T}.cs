namespace Streamx.Hosting.Workers;

/// <inheritdoc/>
/// <typeparam name="T">The type of the stream's values.</typeparam>
internal abstract partial class ConsumerWorker<T> : ConsumerWorker
{
    /// <summary>Recognises its puts into its own stream.</summary>
    private readonly ConsumerMark _mark;

    /// <summary>Counts the outcomes of its values.</summary>
    private readonly ConsumerOutcomes _outcomes;

    /// <summary>Tells failures from normal ends.</summary>
    private readonly RunErrors _errors;

    /// <summary>Acts when the consumer holds a value for too long.</summary>
    private readonly StallPolicy<T> _stalls;

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
        Telemetry = Stream.Telemetry.AddConsumer(this);
        _outcomes = new ConsumerOutcomes(Totals, Telemetry, Stream.TimeProvider);
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
    internal override ItemInHand InHand => _attachment?.Subscription.InHand ?? default;

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
                FailedValues = _outcomes.FailedValues,
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
    internal void OnUnreadable(ItemInHand item, Exception error) => _outcomes.OnUnreadable(item, error);

    /// <summary>Begins an attachment to the stream. Its loop is started separately.</summary>
    internal void Join(ConsumerSubscription subscription)
    {
        var number = _outcomes.Begin(_attachment, subscription);
        subscription.Observe(Telemetry);
        _attachment = new Attachment(number, subscription, Stream.AbortToken);
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

    /// <summary>
    /// Consumes until the stream ends, and calls <see cref="End"/> once the policies have been applied. An exception is a failure, too.
    /// </summary>
    protected abstract Task ConsumeAsync(Attachment attachment);

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
        try
        {
            await ConsumeAsync(attachment).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            End(attachment, new RunEnd(error));
        }
    }

    /// <inheritdoc cref="ConsumerOutcomes.OnSkipped"/>
    protected void CountSkipped(Attachment attachment, int count, Exception error) => _outcomes.OnSkipped(attachment, count, error);

    /// <inheritdoc cref="ConsumerOutcomes.OnDeadLettered"/>
    protected void CountDeadLettered(Attachment attachment, int index, Exception error) => _outcomes.OnDeadLettered(attachment, index, error);
}
