using Streamx.Engine;

namespace Streamx.Hosting.Remote;

/// <summary>A stream whose values go between processes, over a transport.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class RemoteBackend<T> : StreamBackend<T>
{
    private readonly HostedStream<T> _stream;
    private readonly TransportSetup<T> _setup;
    private readonly RemoteHost<T> _host;
    private readonly LeaderLoop _producers;
    private readonly RemotePuts<T> _puts;
    private readonly ConsumerPumps<T> _pumps;

    /// <summary>The stream's life in this process.</summary>
    private readonly StreamLife _life;

    /// <summary>Ends when consumers may be given values: the application's own start-up work is done, or the stream ends here.</summary>
    private readonly TaskCompletionSource _mayDeliver = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Guards <see cref="_ending"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>The shutdown of this stream, once it has begun.</summary>
    private Task? _ending;

    /// <summary>Whether the consumers of this process have come to the end of the stream.</summary>
    private volatile bool _hasEnd;

    /// <summary>Ends with the pumps of this process.</summary>
    private Task _pumping = Task.CompletedTask;

    internal RemoteBackend(HostedStream<T> stream, TransportSetup<T> setup)
    {
        _stream = stream;
        _setup = setup;
        _host = new RemoteHost<T>(stream, setup, OnEndedElsewhere);
        _producers = new LeaderLoop(setup.Transport, _host, stream.Options.Window, stream.TimeProvider, setup.MaxBytesUnderWay);
        _pumps = new ConsumerPumps<T>(stream, setup, _host);
        _life = new StreamLife(stream.Name, stream.TimeProvider);
        _puts = new RemotePuts<T>(stream.Name, setup, _producers, _life, LeadAsync);
    }

    /// <inheritdoc/>
    internal override AsyncStream<T> InjectableStream =>
        throw new InvalidOperationException($"Stream '{_stream.Name}' goes between processes, which AsyncStream<T> does not. Take an IStreamWriter<T>.");

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
    internal override long ValuesAccepted => Math.Max(_producers.ValuesAccepted, _pumps.ValuesAccepted);

    /// <inheritdoc/>
    internal override bool KnowsEveryConsumer => true;

    /// <inheritdoc/>
    internal override StreamxRemoteStatus RemoteStatus
    {
        get
        {
            var names = _producers.DescribeNames();
            return _host.Describe(isLeading: names is not null, names ?? _pumps.Describe()) with { OldestUnfinishedAge = _producers.OldestUnfinished };
        }
    }

    /// <inheritdoc/>
    /// <remarks>The leader knows every consumer, wherever it runs; in the other processes no put waits for a consumer.</remarks>
    internal override string? FindOnlyMissing(StreamSnapshot? snapshot = null) =>
        (_producers.DescribeNames() ?? []).Where(name => name.IsGating).Take(2).ToList() is [var only] ? only.Name : null;

    /// <inheritdoc/>
    internal override IReadOnlyDictionary<string, long> Lags => RemoteHost<T>.LagsOf(_producers.DescribeNames() ?? []);

    /// <inheritdoc/>
    internal override void AddConsumer(ConsumerWorker<T> consumer) => _pumps.Add(consumer, _mayDeliver.Task);

    /// <inheritdoc/>
    internal override StreamSubscription<T>[] Subscribe(ReadOnlySpan<SubscriptionOptions> options)
    {
        var subscriptions = new StreamSubscription<T>[options.Length];
        for (var i = 0; i < options.Length; i++) subscriptions[i] = _pumps[options[i].Name!].Subscribe(options[i]);
        return subscriptions;
    }

    /// <inheritdoc/>
    internal override IAsyncEnumerable<T> ReadValues(string consumer, StreamSubscription<T> subscription) =>
        new FencedSubscription<T>(subscription, _pumps[consumer].Fence);

    /// <inheritdoc/>
    internal override IAsyncEnumerator<StreamBatch<T>> ReadBatches(
        string consumer, StreamSubscription<T> subscription, BatchConsumerOptions options, CancellationToken cancellationToken) =>
        new FencedBatches<T>(
            subscription.ReadBatchesAsync(options.MaxBatchSize, options.MaxBatchWait, cancellationToken).GetAsyncEnumerator(cancellationToken),
            subscription.GetSnapshot(),
            _pumps[consumer].Fence);

    /// <inheritdoc/>
    internal override IHandler<TItem> Wrap<TItem>(string consumer, ConsumerTelemetry telemetry, IHandler<TItem> handler) =>
        new DeliveredHandler<T, TItem>(handler, telemetry, _pumps[consumer]);

    /// <inheritdoc/>
    internal override void StartConsumers()
    {
        var pumping = _pumps.RunAsync();
        _pumping = pumping;
        _ = EndWithConsumersAsync(pumping);
        _ = StartWarning.RunAsync(_stream, Task.WhenAny(_mayDeliver.Task, Drained), () => _puts.IsWaitedFor);
    }

    /// <inheritdoc/>
    internal override void OnHostStarted() => _mayDeliver.TrySetResult();

    /// <inheritdoc/>
    internal override void StartProducers() => _puts.StartLeading();

    /// <inheritdoc/>
    /// <remarks>One process leads: the producers of the others begin when theirs does.</remarks>
    internal override async ValueTask<bool> WhenMayProduceAsync(CancellationToken stoppingToken)
    {
        await ((Task)Task.WhenAny(_producers.WhenLed, Drained).WaitAsync(stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _producers.WhenLed.IsCompleted;
    }

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
        _life.Close();
        var isHandedOver = reason == CloseReason.Shutdown && !_setup.EndsOnShutdown;
        var hasPut = !_hasEnd && (_stream.Producers.Count > 0 || _producers.WhenLed.IsCompleted);
        // Consumers come to the end of a stream that ends; of a stream that is handed over they get no more values.
        if (!isHandedOver) _mayDeliver.TrySetResult();
        BeginEnd(isHandedOver, hasPut);
    }

    /// <inheritdoc/>
    internal override void TryFault(Exception error)
    {
        if (!_life.TryFault(error)) return;
        _pumps.Fault(error);
        _producers.Refuse(_life.NewRefusal);
        BeginEnd(isHandedOver: true, hasPut: false);
    }

    /// <inheritdoc/>
    internal override void Abort(CancellationToken because)
    {
        _life.Complete();
        _pumps.Abort(because);
        _producers.Refuse(_life.NewRefusal);
    }

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
        ValuesWaiting = _producers.Pending,
        OldestWaitingPutAge = _producers.OldestWait,
        Subscriptions = [.. consumers],
    };

    /// <inheritdoc/>
    internal override long AcceptedFor(string consumer) => _pumps[consumer].ValuesAccepted + _pumps[consumer].ValuesLost;

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Unfinished() =>
        [.. _pumps.Behind, .. _producers.Pending > 0 ? new[] { "(puts)" } : []];

    /// <inheritdoc/>
    internal override IEnumerable<string> ConsumerProblems(HostedStream stream)
    {
        if (stream.Options.WhenNoSubscribers is not NoSubscribers.Wait and var then)
        {
            yield return $"{StreamxConfiguration.Root}:{stream.Name}:{nameof(StreamxOptions.WhenNoSubscribers)} cannot be {then} on a stream between processes: "
                + "names stay registered when their processes are gone, and before there is any a put waits for the first.";
        }

        // No subscription at all is no problem: all consumers may run elsewhere.
        foreach (var latest in stream.Consumers.Where(consumer => !consumer.Gates))
        {
            yield return $"{StreamxConfiguration.ConsumerPath(StreamxConfiguration.WorkerOptionsName(stream.Name, latest.Name))}:{nameof(ConsumerOptions.Mode)} cannot be "
                + $"{nameof(SubscriptionMode.Latest)} on a stream between processes: every registered name receives every value.";
        }
    }

    /// <inheritdoc/>
    internal override async Task RetireAsync(string consumer, CancellationToken cancellationToken)
    {
        try
        {
            await _setup.Transport.RetireAsync(consumer, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException error)
        {
            throw new InvalidOperationException($"Consumer '{consumer}' of stream '{_stream.Name}' could not be retired: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    internal override void AtPresent(Action<long> look) => _producers.AtPresent(look);

    private async Task LeadAsync()
    {
        try
        {
            await _producers.RunAsync(_pumps.Consumers, _stream.AbortToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _stream.Fail(error);
        }
    }

    private void OnEndedElsewhere()
    {
        _stream.Close(CloseReason.Completed);
        // This process never leads again, so the puts that still wait must be refused.
        _producers.Refuse(_life.NewRefusal);
    }

    /// <summary>Once the consumers of this process have come to the end there is nothing left to do here.</summary>
    private async Task EndWithConsumersAsync(Task<bool> pumping)
    {
        if (!await pumping.ConfigureAwait(false)) return;
        // The process that leads decided the end and completes it: this one need not lead for that, and puts nothing any more.
        _hasEnd = true;
        _stream.Close(CloseReason.Completed);
        _producers.Refuse(_life.NewRefusal);
    }

    private void BeginEnd(bool isHandedOver, bool hasPut)
    {
        lock (_lock) _ending ??= Task.Run(() => EndAsync(isHandedOver, hasPut));
    }

    /// <summary>Ends what this process does for the stream, and then releases it. It does not fault.</summary>
    private async Task EndAsync(bool isHandedOver, bool hasPut)
    {
        _producers.Close(endsStream: !isHandedOver && hasPut);
        // A process that never led has appended nothing, and may have to wait long to lead.
        if (isHandedOver && !_producers.WhenLed.IsCompleted) _producers.Refuse(_life.NewRefusal);
        await _puts.Leading.ConfigureAwait(false);
        // This process leads no more, so no loop is left to complete the puts that are still open.
        _producers.Refuse(_life.NewRefusal);
        // At the end of the stream the consumers of every process come to it by themselves.
        if (isHandedOver || !hasPut) _pumps.Stop();
        await _pumping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _life.Complete();
    }
}
