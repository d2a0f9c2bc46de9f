using Streamx.Engine;

namespace Streamx.Hosting;

/// <summary>A stream whose values go between processes, over a transport.</summary>
/// <remarks>
/// The stream's life in this process — open, closing, drained, faulted, aborted — is that of an <see cref="AsyncStream{T}"/> that carries
/// no values: one member holds it open until everything this process has to do for the stream is done.
/// </remarks>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class RemoteBackend<T> : StreamBackend<T>
{
    private readonly HostedStream<T> _stream;
    private readonly TransportSetup<T> _setup;
    private readonly RemoteHost<T> _host;
    private readonly RemoteProducers _producers;

    /// <summary>The stream's life in this process.</summary>
    private readonly AsyncStream<T> _life;

    /// <summary>Holds the stream open until this process is done with it.</summary>
    private readonly StreamSubscription<T> _hold;

    /// <summary>One for each consumer. Complete before anything runs.</summary>
    private readonly Dictionary<string, ConsumerFeed<T>> _feeds = new(Names.Comparer);

    /// <summary>Ends when consumers may be given values: the application's own start-up work is done, or the stream ends here.</summary>
    private readonly TaskCompletionSource _mayDeliver = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Guards <see cref="_leading"/> and <see cref="_ending"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>The loop that leads; null until something is put here.</summary>
    private Task? _leading;

    /// <summary>The end, once it has begun.</summary>
    private Task? _ending;

    /// <summary>Whether the end of the stream has come to the consumers of this process.</summary>
    private volatile bool _hasEnd;

    /// <summary>How many flushes are under way.</summary>
    private int _flushes;

    /// <summary>The feeds' loops.</summary>
    private Task _feeding = Task.CompletedTask;

    internal RemoteBackend(HostedStream<T> stream, TransportSetup<T> setup)
    {
        _stream = stream;
        _setup = setup;
        _host = new RemoteHost<T>(stream, setup, OnEndedElsewhere);
        _producers = new RemoteProducers(setup.Transport, _host, stream.Options.Window, stream.TimeProvider);
        _life = AsyncStream<T>.CreateHosted(new AsyncStreamOptions { Name = stream.Name, TimeProvider = stream.TimeProvider });
        _hold = _life.Subscribe();
        _life.TryPut(default!);
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

    /// <summary>How many values this process has put, and has been given for consumers that are not the producer's own.</summary>
    internal override long ValuesAccepted => Math.Max(_producers.ValuesAccepted, _feeds.Count == 0 ? 0 : _feeds.Values.Max(feed => feed.ValuesAccepted));

    /// <inheritdoc/>
    internal override bool KnowsEveryConsumer => true;

    /// <inheritdoc/>
    internal override StreamxRemoteStatus RemoteStatus =>
        _host.Describe(_producers.DescribeNames(), _feeds.Values.OrderBy(feed => feed.Name, Names.Comparer).Select(DescribeHere));

    /// <inheritdoc/>
    internal override IReadOnlyDictionary<string, long> Lags => RemoteHost<T>.LagsOf(_producers.DescribeNames());

    /// <inheritdoc/>
    internal override void AddConsumer(ConsumerWorker<T> consumer) => _feeds[consumer.Name] = new ConsumerFeed<T>(_stream, _setup, consumer, _host, _mayDeliver.Task);

    /// <inheritdoc/>
    internal override StreamSubscription<T>[] Subscribe(ReadOnlySpan<SubscriptionOptions> options)
    {
        var subscriptions = new StreamSubscription<T>[options.Length];
        for (var i = 0; i < options.Length; i++) subscriptions[i] = _feeds[options[i].Name!].Subscribe(options[i]);
        return subscriptions;
    }

    /// <inheritdoc/>
    internal override IAsyncEnumerable<T> ReadValues(string consumer, StreamSubscription<T> subscription) =>
        new FencedSubscription<T>(subscription, _feeds[consumer].Fence);

    /// <inheritdoc/>
    internal override IAsyncEnumerator<StreamBatch<T>> ReadBatches(
        string consumer, StreamSubscription<T> subscription, BatchConsumerOptions options, CancellationToken cancellationToken) =>
        new FencedBatches<T>(
            subscription.ReadBatchesAsync(options.MaxBatchSize, options.MaxBatchWait, cancellationToken).GetAsyncEnumerator(cancellationToken),
            subscription.GetSnapshot(),
            _feeds[consumer].Fence);

    /// <inheritdoc/>
    internal override IHandler<TItem> Wrap<TItem>(string consumer, ConsumerTelemetry telemetry, IHandler<TItem> handler) =>
        new DeliveredHandler<T, TItem>(handler, telemetry, _feeds[consumer]);

    /// <inheritdoc/>
    internal override void StartConsumers()
    {
        _feeding = Task.WhenAll(_feeds.Values.Select(feed => AmbientState.RunApart(() => FeedAsync(feed))));
        _ = EndWithConsumersAsync();
        _ = EndWithFaultAsync();
        _ = StartWarning.RunAsync(_stream, Task.WhenAny(_mayDeliver.Task, Drained), () => _producers.Pending > 0 || Volatile.Read(ref _flushes) > 0);
    }

    /// <inheritdoc/>
    internal override void OnHostStarted() => _mayDeliver.TrySetResult();

    /// <inheritdoc/>
    internal override void StartProducers() => StartLeading();

    /// <inheritdoc/>
    /// <remarks>One process leads: the producers of the others begin when it is their turn.</remarks>
    internal override async ValueTask<bool> WhenMayProduceAsync(CancellationToken stoppingToken)
    {
        await ((Task)Task.WhenAny(_producers.WhenLed, Drained).WaitAsync(stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _producers.WhenLed.IsCompleted;
    }

    /// <inheritdoc/>
    /// <remarks>Ends when the value is durable, so that every consumer is going to have it.</remarks>
    internal override ValueTask PutAsync(T value, PutObserver observer, CancellationToken cancellationToken)
    {
        if (State != StreamState.Open) return _life.PutAsync(value, observer, cancellationToken);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        var put = RemotePut.Create(value, _setup.Serializer, _setup.MaxValueBytes, observer);
        StartLeading();
        return _producers.TryQueue(put, cancellationToken) ? new ValueTask(put.Task) : _life.PutAsync(value, observer, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Puts one value after another, each once the one before it is durable.</remarks>
    internal override async ValueTask PutManyAsync(ReadOnlyMemory<T> values, PutObserver observer, CancellationToken cancellationToken)
    {
        var accepted = 0;
        try
        {
            if (values.IsEmpty) await _life.PutManyAsync(values, cancellationToken).ConfigureAwait(false);
            for (; accepted < values.Length; accepted++) await PutAsync(values.Span[accepted], observer, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException cancelled)
        {
            throw new StreamPutCanceledException(
                $"The put was cancelled after stream '{_stream.Name}' had accepted {accepted} of {values.Length} values.", cancelled.CancellationToken) { AcceptedCount = accepted };
        }
        catch (StreamClosedException closed) when (accepted > 0)
        {
            throw new StreamClosedException(closed.Message, closed) { Origin = closed.Origin, AcceptedCount = accepted };
        }
        catch (StreamFaultedException faulted) when (accepted > 0)
        {
            throw new StreamFaultedException(faulted.Message, faulted.InnerException) { AcceptedCount = accepted };
        }
    }

    /// <inheritdoc/>
    /// <remarks>True does not say that the value is durable yet.</remarks>
    internal override bool TryPut(T value, PutObserver observer)
    {
        if (State != StreamState.Open) return false;
        StartLeading();
        return _producers.TryAppend(RemotePut.Create(value, _setup.Serializer, _setup.MaxValueBytes, observer));
    }

    /// <inheritdoc/>
    internal override async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _flushes);
        try
        {
            await _producers.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _flushes);
        }
    }

    /// <inheritdoc/>
    /// <remarks>At a shutdown the stream is handed over rather than ended, unless the settings say otherwise.</remarks>
    internal override void Close(string reason)
    {
        _life.BeginClose();
        var isHandedOver = reason == CloseReason.Shutdown && !_setup.EndsOnShutdown;
        var hasPut = !_hasEnd && (_stream.Producers.Count > 0 || _producers.WhenLed.IsCompleted);
        // Consumers come to the end of a stream that ends; of one that is handed over they get no more.
        if (!isHandedOver) _mayDeliver.TrySetResult();
        lock (_lock) _ending ??= Task.Run(() => EndAsync(isHandedOver, hasPut));
    }

    /// <inheritdoc/>
    internal override void TryFault(Exception error) => _life.BeginFault(error);

    /// <inheritdoc/>
    internal override void Abort(CancellationToken because)
    {
        _life.Abort(because);
        foreach (var feed in _feeds.Values) feed.Abort(because);
        _ = RefuseAsync();
    }

    /// <inheritdoc/>
    internal override bool Refused(StreamClosedException exception) => _life.Refused(exception);

    /// <inheritdoc/>
    /// <remarks>Values of other processes go on coming to the consumers here: they are never done.</remarks>
    internal override Task WhenFinishedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    internal override StreamSnapshot GetSnapshot(IEnumerable<SubscriptionSnapshot> consumers) => _life.GetSnapshot() with
    {
        Window = _stream.Options.Window,
        ValuesPut = ValuesAccepted,
        ValuesWaiting = _producers.Pending,
        OldestWaitingPutAge = _producers.OldestWait,
        Subscriptions = [.. consumers],
    };

    /// <inheritdoc/>
    internal override long AcceptedFor(string consumer) => _feeds[consumer].ValuesAccepted;

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Unfinished() =>
        [.. _feeds.Values.Where(feed => feed.IsBehind).Select(feed => feed.Name), .. _producers.Pending > 0 ? new[] { "(puts)" } : []];

    /// <inheritdoc/>
    internal override IEnumerable<string> ConsumerProblems(HostedStream stream)
    {
        if (stream.Options.WhenNoSubscribers is not NoSubscribers.Wait and var then)
        {
            yield return $"{StreamxConfiguration.Root}:{stream.Name}:{nameof(StreamxOptions.WhenNoSubscribers)} cannot be {then} on a stream between processes: "
                + "names stay registered when their processes are gone, and before there is any a put waits for the first.";
        }

        // None at all is no problem: its consumers may all be elsewhere.
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

    /// <summary>What a process that does not lead knows of a consumer of its own.</summary>
    private StreamxRemoteName DescribeHere(ConsumerFeed<T> feed) =>
        new() { Name = feed.Name, Lag = null, IsGating = false, Instance = feed.IsActive ? _setup.Transport.Instance : null, Standbys = [], Processes = null };

    /// <summary>Begins to lead, as soon as it is this process's turn.</summary>
    private void StartLeading()
    {
        lock (_lock) _leading ??= AmbientState.RunApart(LeadAsync);
    }

    private async Task LeadAsync()
    {
        try
        {
            await _producers.RunAsync([.. _feeds.Keys], _stream.AbortToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _stream.Fail(error);
        }
    }

    private void OnEndedElsewhere()
    {
        _stream.Close(CloseReason.Completed);
        // This process never leads again, so the puts that still wait have to be told.
        _ = RefuseAsync();
    }

    private async Task FeedAsync(ConsumerFeed<T> feed)
    {
        try
        {
            await feed.RunAsync(_stream.AbortToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _stream.Fail(error);
        }
    }

    /// <summary>Once the end has come to every consumer of this process there is nothing left to do here.</summary>
    private async Task EndWithConsumersAsync()
    {
        await _feeding.ConfigureAwait(false);
        if (_feeds.Count == 0 || !_feeds.Values.Any(feed => feed.HasReachedEnd)) return;
        // Decided by whichever process leads, which completes it: this one need not lead for that, and puts nothing any more.
        _hasEnd = true;
        _stream.Close(CloseReason.Completed);
        await RefuseAsync().ConfigureAwait(false);
    }

    private async Task EndWithFaultAsync()
    {
        if (await Task.WhenAny(WhenFaulted, Drained).ConfigureAwait(false) != WhenFaulted) return;
        var error = await WhenFaulted.ConfigureAwait(false);
        foreach (var feed in _feeds.Values) feed.Fault(error);
        await RefuseAsync().ConfigureAwait(false);
        lock (_lock) _ending ??= Task.Run(() => EndAsync(isHandedOver: true, hasPut: false));
    }

    /// <summary>Ends what this process does for the stream, and then lets go of it. It does not fault.</summary>
    private async Task EndAsync(bool isHandedOver, bool hasPut)
    {
        _producers.Close(endsStream: !isHandedOver && hasPut);
        // One that never led has nothing under way, and it may be long until it does.
        if (isHandedOver && !_producers.WhenLed.IsCompleted) await RefuseAsync().ConfigureAwait(false);
        Task? leading;
        lock (_lock) leading = _leading;
        if (leading is not null) await leading.ConfigureAwait(false);
        // Nothing leads any more, so that nothing else would tell the callers of puts that are still open.
        await RefuseAsync().ConfigureAwait(false);
        // At the end of the stream consumers come to it by themselves, in every process.
        if (isHandedOver || !hasPut)
        {
            foreach (var feed in _feeds.Values) feed.Stop();
        }

        await _feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _hold.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RefuseAsync()
    {
        try
        {
            await _life.PutAsync(default!).ConfigureAwait(false);
        }
        catch (Exception because)
        {
            _producers.Refuse(because);
        }
    }
}
