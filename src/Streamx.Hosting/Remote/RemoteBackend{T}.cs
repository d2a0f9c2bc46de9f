using Streamx.Engine;

namespace Streamx.Hosting.Remote;

/// <summary>A stream whose values go between processes, over a transport.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed partial class RemoteBackend<T> : StreamBackend<T>
{
    private readonly HostedStream<T> _stream;
    private readonly TransportSetup<T> _setup;
    private readonly RemoteEvents<T> _events;
    private readonly LeaderLoop _leader;
    private readonly RemoteWriter<T> _puts;
    private readonly ConsumerLoops<T> _consumers;
    private readonly ProcessReports _reports;

    /// <summary>The stream's life in this process.</summary>
    private readonly RemoteLifecycle _life;

    /// <summary>Ends when consumers may be given values: the application's own start-up work is done, or the stream ends here.</summary>
    private readonly TaskCompletionSource _mayDeliver = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends what this process does for the stream.</summary>
    private readonly RemoteEnding<T> _ending;

    internal RemoteBackend(HostedStream<T> stream, TransportSetup<T> setup)
    {
        _stream = stream;
        _setup = setup;
        _events = new RemoteEvents<T>(stream, setup, () => _ending!.OnEndedElsewhere());
        _leader = new LeaderLoop(setup.Transport, _events, stream.Options.Window, stream.TimeProvider, setup.MaxBytesUnderWay);
        _consumers = new ConsumerLoops<T>(stream, setup, _events);
        _reports = new ProcessReports(
            stream,
            setup.Transport,
            stream.TimeProvider,
            consumer => _consumers[consumer].IsActive,
            () => _leader.DescribeNames(),
            stream.Logger);
        _life = new RemoteLifecycle(stream.Name, stream.TimeProvider);
        _puts = new RemoteWriter<T>(stream.Name, setup, _leader, _life, LeadAsync);
        _ending = new RemoteEnding<T>(stream, _leader, _puts, _consumers, _life);
    }

    /// <inheritdoc/>
    internal override AsyncStream<T> InjectableStream =>
        throw new InvalidOperationException(
            $"Stream '{_stream.Name}' runs between processes, which AsyncStream<T> does not support. Take an IStreamWriter<T>.");

    /// <inheritdoc/>
    internal override StreamState State => _life.State;

    /// <inheritdoc/>
    internal override Exception? Fault => _life.Fault;

    /// <inheritdoc/>
    internal override Task<Exception> WhenFaulted => _life.WhenFaulted;

    /// <inheritdoc/>
    internal override Task Drained => _life.Drained;

    /// <inheritdoc/>
    internal override TimeSpan SinceEnded => _life.SinceEnded;

    /// <summary>How many values this process has put, or has been given for consumers, whichever is more.</summary>
    internal override long ValuesAccepted => Math.Max(_leader.ValuesAccepted, _consumers.ValuesAccepted);

    /// <inheritdoc/>
    internal override bool KnowsEveryConsumer => true;

    /// <inheritdoc/>
    internal override StreamxRemoteStatus RemoteStatus
    {
        get
        {
            var names = _leader.DescribeNames();
            return _events.Describe(isLeading: names is not null, names ?? _consumers.Describe()) with
            {
                OldestUnfinishedAge = _leader.OldestUnfinished,
                Reports = _reports.Heard,
            };
        }
    }

    /// <inheritdoc/>
    /// <remarks>The leader knows every consumer, wherever it runs; in the other processes no put waits for a consumer.</remarks>
    internal override string? FindOnlyMissing(StreamSnapshot? snapshot = null) =>
        (_leader.DescribeNames() ?? []).Where(name => name.IsGating).Take(2).ToList() is [var only] ? only.Name : null;

    /// <inheritdoc/>
    internal override IReadOnlyDictionary<string, long> Lags => RemoteEvents<T>.LagsOf(_leader.DescribeNames() ?? []);

    /// <inheritdoc/>
    internal override void AddConsumer(ConsumerWorker<T> consumer) => _consumers.Add(consumer, _mayDeliver.Task);

    /// <inheritdoc/>
    internal override ConsumerSubscription[] Subscribe(ReadOnlySpan<SubscriptionOptions> options)
    {
        var subscriptions = new ConsumerSubscription[options.Length];
        for (var i = 0; i < options.Length; i++)
            subscriptions[i] = new ConsumerSubscription<Delivery<T>>(_consumers[options[i].Name!].Subscribe(options[i]));
        return subscriptions;
    }

    /// <inheritdoc/>
    internal override ConsumerWorker<T> CreateWorker(ConsumerSetup<T> setup, Func<IHandler<T>> createHandler) =>
        setup.Options.Concurrency > 1
            ? DeliveredSlots.CreateWorker(setup, createHandler)
            : new HandlerWorker<T, Delivery<T>>(
                setup,
                DeliveryReader<T>.Read,
                () => new DeliveredHandler<T>(createHandler(), setup.OnFailedAfterFinish),
                static delivery => [delivery.Value]);

    /// <inheritdoc/>
    internal override ConsumerWorker<T> CreateWorker(
        ConsumerSetup<T> setup, BatchConsumerOptions options, Func<IHandler<StreamBatch<T>>> createHandler) => options.Concurrency > 1
        ? DeliveredSlots.CreateWorker(setup, options, createHandler)
        : new HandlerWorker<T, StreamBatch<Delivery<T>>>(
            setup,
            (subscription, token) => DeliveryBatchReader<T>.Read(subscription, options, token),
            () => new DeliveredBatchHandler<T>(createHandler(), setup.OnFailedAfterFinish),
            static batch => batch.ConvertAll(static delivery => delivery.Value));

    /// <inheritdoc/>
    internal override IAsyncEnumerable<T> ReadValues(ConsumerSubscription subscription) =>
        new DeliveredValues<T>(subscription);

    /// <inheritdoc/>
    internal override LoopFeed<T> ReadAcrossRuns(ConsumerSubscription subscription, CancellationToken cancellationToken)
    {
        var values = new DeliveredValues<T>(subscription).Read(cancellationToken);
        return new LoopFeed<T>(values) { MayRepeat = values.MayRepeat };
    }

    /// <inheritdoc/>
    internal override void StartConsumers()
    {
        _ending.Follow(_consumers.RunAsync());
        _reports.Start(Drained);
        _ = StartWarning.RunAsync(_stream, Task.WhenAny(_mayDeliver.Task, Drained), () => _puts.IsWaitedFor);
    }

    /// <inheritdoc/>
    internal override void OnHostStarted() => _mayDeliver.TrySetResult();

    /// <inheritdoc/>
    internal override void StartProducers() => _puts.StartLeading();

    /// <inheritdoc/>
    /// <remarks>Ends when the value is durable, so that every consumer will receive it.</remarks>
    internal override ValueTask PutAsync(T value, PutObserver observer, CancellationToken cancellationToken) =>
        _puts.PutAsync(value, observer, cancellationToken);

    /// <inheritdoc/>
    internal override ValueTask PutManyAsync(ReadOnlyMemory<T> values, PutObserver observer, CancellationToken cancellationToken) =>
        new(_puts.PutManyAsync(values, observer, cancellationToken));

    /// <inheritdoc/>
    /// <remarks>True does not mean that the value is durable yet.</remarks>
    internal override bool TryPut(T value, PutObserver observer) => _puts.TryPut(value, observer);

    /// <inheritdoc/>
    internal override ValueTask FlushAsync(CancellationToken cancellationToken) => new(_puts.FlushAsync(cancellationToken));

    /// <inheritdoc/>
    /// <remarks>At a shutdown the stream is handed over rather than ended, unless the settings say otherwise.</remarks>
    internal override void Close(string reason)
    {
        var isHandedOver = reason == CloseReason.Shutdown && !_setup.EndsOnShutdown;
        // Consumers come to the end of a stream that ends; of a stream that is handed over they get no more values.
        if (!isHandedOver) _mayDeliver.TrySetResult();
        _ending.Close(isHandedOver);
    }

    /// <inheritdoc/>
    internal override void TryFault(Exception error) => _ending.TryFault(error);

    /// <inheritdoc/>
    internal override void Abort(CancellationToken because) => _ending.Abort(because);

    /// <inheritdoc/>
    internal override bool Refused(StreamClosedException exception) => _life.Refused(exception);

    /// <inheritdoc/>
    /// <remarks>Values of other processes keep coming to the consumers here: they are never done.</remarks>
    internal override Task WhenFinishedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    internal override StreamSnapshot GetSnapshot(IEnumerable<SubscriptionSnapshot> consumers) => new()
    {
        Name = _stream.Name,
        State = State,
        Window = _stream.Options.Window,
        ValuesPut = ValuesAccepted,
        ValuesDiscarded = 0,
        ValuesWaiting = _leader.Pending,
        OldestWaitingPutAge = _leader.OldestWait,
        Subscriptions = [.. consumers],
    };

    /// <inheritdoc/>
    internal override long AcceptedFor(string consumer) => _consumers[consumer].ValuesAccepted + _consumers[consumer].ValuesLost;

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Unfinished() =>
        [.. _consumers.Behind, .. _leader.Pending > 0 ? new[] { "(puts)" } : []];

    /// <inheritdoc/>
    internal override IEnumerable<string> ConsumerProblems(HostedStream stream) => RemoteConsumersValidator.Problems(stream);

    /// <inheritdoc/>
    internal override async Task RetireAsync(string consumer, CancellationToken cancellationToken)
    {
        try
        {
            await _setup.Transport.RetireAsync(consumer, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException error)
        {
            throw new InvalidOperationException(
                $"Consumer '{consumer}' of stream '{_stream.Name}' could not be retired: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    internal override void RequestReports() => _reports.Request();

    /// <inheritdoc/>
    internal override void BetweenTransitions(Action<long> look) => _leader.BetweenTransitions(look);

    private async Task LeadAsync()
    {
        try
        {
            _leader.FromOldest = _consumers.FromOldest;
            await _leader.RunAsync(_consumers.Consumers, _stream.AbortToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _stream.Fail(error);
        }
    }
}
