using Streamx.Engine;

namespace Streamx.Hosting.Streams;

/// <summary>A stream in one process: an <see cref="AsyncStream{T}"/>.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class InProcessBackend<T> : StreamBackend<T>
{
    private readonly AsyncStream<T> _stream;

    internal InProcessBackend(HostedStream<T> stream) => _stream = AsyncStream<T>.CreateHosted(new AsyncStreamOptions
    {
        Name = stream.Name,
        Window = stream.Options.Window,
        WhenNoSubscribers = stream.Options.WhenNoSubscribers,
        AllowSynchronousContinuations = stream.Options.AllowSynchronousContinuations,
        TimeProvider = stream.TimeProvider,
    });

    /// <inheritdoc/>
    internal override AsyncStream<T> InjectableStream => _stream;

    /// <inheritdoc/>
    internal override StreamState State => _stream.State;

    /// <inheritdoc/>
    internal override Exception? Fault => _stream.Fault;

    /// <inheritdoc/>
    internal override Task<Exception> WhenFaulted => _stream.WhenFaulted;

    /// <inheritdoc/>
    internal override Task Drained => _stream.Drained;

    /// <inheritdoc/>
    internal override TimeSpan SinceEnded => _stream.SinceEnded;

    /// <inheritdoc/>
    internal override long ValuesAccepted => _stream.GetSnapshot().ValuesPut;

    /// <inheritdoc/>
    internal override bool KnowsEveryConsumer => false;

    /// <inheritdoc/>
    internal override ValueTask PutAsync(T value, PutObserver observer, CancellationToken cancellationToken) =>
        _stream.PutAsync(value, observer, cancellationToken);

    /// <inheritdoc/>
    internal override bool TryPut(T value, PutObserver observer) => _stream.TryPut(value, observer);

    /// <inheritdoc/>
    internal override ValueTask PutManyAsync(ReadOnlyMemory<T> values, PutObserver observer, CancellationToken cancellationToken) =>
        _stream.PutManyAsync(values, observer, cancellationToken);

    /// <inheritdoc/>
    internal override ValueTask FlushAsync(CancellationToken cancellationToken) => _stream.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    internal override ValueTask<ProducerStart?> WhenMayProduceAsync(string producer, CancellationToken stoppingToken) =>
        new(new ProducerStart(Term: null, $"Stream '{_stream.Name}' is kept in memory: it stores no bookmarks."));

    /// <inheritdoc/>
    internal override ConsumerSubscription[] Subscribe(ReadOnlySpan<SubscriptionOptions> options) =>
        Array.ConvertAll(_stream.SubscribeAll(options), static subscription => new ConsumerSubscription<T>(subscription));

    /// <inheritdoc/>
    internal override ConsumerWorker<T> CreateWorker(ConsumerSetup<T> setup, Func<IHandler<T>> createHandler) =>
        setup.Options.Concurrency > 1
            ? new ConcurrentWorker<T, T, T>(
                setup, new(static value => value, static values => values.Span[0], static value => [value], BatchLimits.One), createHandler)
            : new HandlerWorker<T, T>(
                setup,
                static (subscription, token) => ConsumerSubscription<T>.Of(subscription).GetAsyncEnumerator(token),
                createHandler,
                static value => [value]);

    /// <inheritdoc/>
    internal override ConsumerWorker<T> CreateWorker(
        ConsumerSetup<T> setup, BatchConsumerOptions options, Func<IHandler<StreamBatch<T>>> createHandler) => options.Concurrency > 1
        ? new ConcurrentWorker<T, T, StreamBatch<T>>(
            setup,
            new(
                static value => value,
                static values => new StreamBatch<T>(values),
                static batch => batch.Memory.ToArray(),
                BatchLimits.Of(options, setup.Stream.Options.Window)),
            createHandler)
        : new HandlerWorker<T, StreamBatch<T>>(
            setup,
            (subscription, token) => ConsumerSubscription<T>.Of(subscription)
                .ReadBatchesAsync(options.MaxBatchSize, options.MaxBatchWait, token)
                .GetAsyncEnumerator(token),
            createHandler,
            static batch => batch.Memory.ToArray());

    /// <inheritdoc/>
    internal override IAsyncEnumerable<T> ReadValues(ConsumerSubscription subscription) => ConsumerSubscription<T>.Of(subscription);

    /// <inheritdoc/>
    internal override LoopFeed<T> ReadAcrossRuns(ConsumerSubscription subscription, CancellationToken cancellationToken) =>
        new(ConsumerSubscription<T>.Of(subscription).GetAsyncEnumerator(cancellationToken));

    /// <inheritdoc/>
    internal override long AcceptedFor(string consumer) => ValuesAccepted;

    /// <inheritdoc/>
    internal override StreamSnapshot GetSnapshot(IEnumerable<SubscriptionSnapshot> consumers) => _stream.GetSnapshot();

    /// <inheritdoc/>
    internal override string? FindOnlyMissing(StreamSnapshot? snapshot = null) =>
        (snapshot ?? _stream.GetSnapshot()).Subscriptions.Where(subscription => subscription.IsGating).Take(2).ToList() is [var only]
            ? only.Name
            : null;

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Unfinished() =>
    [
        .. _stream.GetSnapshot().Subscriptions
            .Where(subscription => subscription is { Lag: > 0, Mode: SubscriptionMode.Every })
            .Select(subscription => subscription.Name),
    ];

    /// <inheritdoc/>
    internal override bool Refused(StreamClosedException exception) => _stream.Refused(exception);

    /// <inheritdoc/>
    internal override IEnumerable<string> ConsumerProblems(HostedStream stream)
    {
        if (stream.Consumers.Count == 0)
        {
            yield return $"Stream '{stream.Name}' has no consumer. Add one: AddConsumer, AddStreamConsumer, AddBatchConsumer or "
                + "AddProcessor.";
        }
        else if (!stream.HasGatingConsumer && stream.Options.WhenNoSubscribers != NoSubscribers.Discard)
        {
            yield return $"Stream '{stream.Name}' has only {nameof(SubscriptionMode.Latest)} consumers, which count as none for puts, and "
                + $"{StreamxConfiguration.Root}:{stream.Name}:{nameof(StreamxOptions.WhenNoSubscribers)} is "
                + $"{stream.Options.WhenNoSubscribers}: no put would ever succeed. Set it to {nameof(NoSubscribers.Discard)}, "
                + $"or add a consumer that sees {nameof(SubscriptionMode.Every)} value.";
        }

        foreach (var consumer in stream.Consumers.Where(consumer => consumer.StartsFrom == StartFrom.Oldest))
        {
            yield return $"{StreamxConfiguration.ConsumerPath(stream.Name, consumer.Name)}:{nameof(ConsumerOptions.StartFrom)} cannot be "
                + $"{nameof(StartFrom.Oldest)} on a stream in memory: no value is kept that was put before.";
        }
    }

    /// <inheritdoc/>
    internal override void Close(string reason) => _stream.BeginClose();

    /// <inheritdoc/>
    internal override void TryFault(Exception error) => _stream.BeginFault(error);

    /// <inheritdoc/>
    internal override void Abort(CancellationToken because) => _stream.Abort(because);

    /// <inheritdoc/>
    internal override async Task WhenFinishedAsync(CancellationToken cancellationToken) =>
        await _stream.FlushAsync(cancellationToken).AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <inheritdoc/>
    internal override Task RetireAsync(string consumer, CancellationToken cancellationToken) => throw new InvalidOperationException(
        $"Stream '{_stream.Name}' stays within this process, so its consumers are not durable and cannot be retired. Detach the consumer.");

    /// <inheritdoc/>
    internal override void Observe(PutObserver observer) => _stream.Observe(observer);

    /// <inheritdoc/>
    internal override void MeasurePrecisely(bool precisely) => _stream.MeasuresPrecisely = precisely;

    /// <inheritdoc/>
    internal override void BetweenTransitions(Action<long> look) => _stream.BetweenTransitions(look);
}
