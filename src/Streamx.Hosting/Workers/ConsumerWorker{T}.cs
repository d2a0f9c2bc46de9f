namespace Streamx.Hosting.Workers;

/// <inheritdoc/>
/// <typeparam name="T">The type of the stream's values.</typeparam>
internal abstract partial class ConsumerWorker<T> : ConsumerWorker
{
    /// <summary>Counts the outcomes of its values.</summary>
    private readonly ConsumerOutcomes _outcomes;

    /// <summary>Tells failures from normal ends.</summary>
    private readonly RunErrors _errors;

    /// <summary>Acts when the consumer holds a value for too long.</summary>
    private readonly StallPolicy<T> _stalls;

    /// <summary>Its current attachment, or the last one; null before it has been subscribed.</summary>
    private volatile Attachment? _attachment;

    /// <summary>Where it is in its life; processing while it runs.</summary>
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
        Slots = [.. Telemetry.Slots.Select(slot => new ConsumerSlot(Stream, this, slot))];
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

    /// <inheritdoc cref="ConsumerSubscription.OldestInHand"/>
    internal ItemInHand OldestInHand => _attachment?.Subscription.OldestInHand ?? default;

    /// <inheritdoc/>
    internal override StageWaits OutputWaits => Telemetry.OutputWaits;

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
                Concurrency = Slots.Count,
                SlotsBusy = BusySlots(snapshot),
                ValuesWaitingForKey = IsAttached ? ValuesWaitingForKey : null,
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
    internal HostedStream<T> Stream { get; }

    /// <summary>Measures it.</summary>
    internal ConsumerTelemetry Telemetry { get; }

    /// <summary>Its slots: as many as it may handle items at a time.</summary>
    internal IReadOnlyList<ConsumerSlot> Slots { get; }

    /// <summary>The outcomes of its values, apart from those that the subscription counts.</summary>
    internal ConsumerTotals Totals { get; } = new();

    /// <summary>Its activity. Once it is detached that does not change, whatever its code still tries.</summary>
    private StreamxConsumerState StateNow(SubscriptionSnapshot? snapshot, bool waitsForOutput) =>
        IsDetached ? StreamxConsumerState.Detached
        : _state != StreamxConsumerState.Processing ? _state
        : OldestSlot.State is var doing && doing != StreamxConsumerState.Processing ? doing
        : snapshot is not { HoldsValue: true } ? StreamxConsumerState.Idle
        : waitsForOutput ? StreamxConsumerState.OutputWait
        : _state;

    /// <inheritdoc/>
    internal override double BusyNow =>
        !IsAttached ? 0
        : Slots.Count > 1 ? (double)Slots.Count(static slot => slot.Telemetry.IsBusy && !slot.Telemetry.OutputWaits.IsWaiting) / Slots.Count
        : Subscription is { HoldsValue: true } && !OutputWaits.IsWaiting ? 1 : 0;

    /// <summary>How many slots have an item in hand.</summary>
    private int BusySlots(SubscriptionSnapshot? snapshot) =>
        !IsAttached ? 0
        : Slots.Count > 1 ? Slots.Count(static slot => slot.Telemetry.IsBusy)
        : snapshot is { HoldsValue: true } ? 1 : 0;

    /// <summary>The slot with the oldest value in hand: its stream waits for that one.</summary>
    private ConsumerSlot OldestSlot => Slots.Count == 1 ? Slots[0] : Slots.MinBy(slot => slot.Telemetry.Position)!;

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
        foreach (var slot in Slots) slot.Reset();
        Telemetry.Start();
        _stalls.Start();
        Start(() => RunAsync(attachment));
    }

    /// <summary>
    /// Consumes until the stream ends, and calls <see cref="End"/> once the policies have been applied. An exception is a failure, too.
    /// </summary>
    protected abstract Task ConsumeAsync(Attachment attachment);

    /// <summary>Prepares the waits before a retry or a restart.</summary>
    internal Backoff CreateBackoff(RetryOptions options, Action<int, TimeSpan, Exception> onWait) =>
        new(options, Stream.Probe?.Watch(Stream.Name, Name, Stream.TimeProvider) ?? Stream.TimeProvider, onWait);

    /// <summary>Has a test harness, if there is one, come between a consumer and its handlers.</summary>
    protected Func<IHandler<TItem>> Watched<TItem>(Func<IHandler<TItem>> createHandler, Func<TItem, IReadOnlyList<T>> valuesOf) =>
        Stream.Probe is { } probe ? () => probe.Watch(Stream.Name, Name, createHandler(), valuesOf) : createHandler;

    /// <inheritdoc cref="ConsumerSetup{T}.OnDisposeFailed"/>
    internal Action<Exception> OnDisposeFailed { get; }

    /// <inheritdoc cref="RunErrors.IsNormalEnd"/>
    internal bool IsNormalEnd(Attachment attachment, Exception error) => _errors.IsNormalEnd(error, attachment.IsOver);

    /// <inheritdoc cref="RunErrors.IsFinal"/>
    internal bool IsFinal(Exception error) => _errors.IsFinal(error);

    private async Task RunAsync(Attachment attachment)
    {
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
    internal void CountSkipped(IValuesInHand values, SlotTelemetry slot, int count, Exception error) =>
        _outcomes.OnSkipped(values, slot, count, error);

    /// <inheritdoc cref="ConsumerOutcomes.OnDeadLettered"/>
    internal void CountDeadLettered(IValuesInHand values, SlotTelemetry slot, int index, Exception error) =>
        _outcomes.OnDeadLettered(values, slot, index, error);
}
