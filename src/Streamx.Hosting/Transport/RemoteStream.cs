using Streamx.Engine;

namespace Streamx.Hosting;

/// <summary>A hosted stream whose values go between processes.</summary>
/// <remarks>
/// The stream's life in this process — open, closing, drained, faulted, aborted — remains that of <see cref="HostedStream{T}.Stream"/>,
/// which carries no values here: one member holds it open until everything this process has to do for the stream is done.
/// </remarks>
internal sealed class RemoteStream<T> : IRemoteHost
{
    private readonly HostedStream<T> _stream;
    private readonly TransportSetup<T> _setup;
    private readonly RemoteProducers _producers;

    /// <summary>Holds the stream open until this process is done with it.</summary>
    private readonly StreamSubscription<T> _hold;

    /// <summary>One for each consumer. Complete before anything runs.</summary>
    private readonly Dictionary<string, ConsumerFeed<T>> _feeds = new(Names.Comparer);

    /// <summary>Who has a session.</summary>
    private readonly RemoteLinks _links = new();

    /// <summary>How often the broker has forgotten the stream.</summary>
    private readonly ForgottenStreams _forgotten;

    /// <summary>Guards <see cref="_leading"/> and <see cref="_ending"/>.</summary>
    private readonly Lock _gate = new();

    /// <summary>The loop that leads; null until somebody puts.</summary>
    private Task? _leading;

    /// <summary>The end, once it has begun.</summary>
    private Task? _ending;

    /// <summary>1 from when it was logged that this process stands by until it leads: connections that come and go are logged as such.</summary>
    private int _hasLoggedStandby;

    /// <summary>The feeds' loops.</summary>
    private Task _feeding = Task.CompletedTask;

    internal RemoteStream(HostedStream<T> stream, TransportSetup<T> setup)
    {
        _stream = stream;
        _setup = setup;
        _producers = new RemoteProducers(setup.Transport, this, stream.Options.Window, stream.TimeProvider);
        _forgotten = new ForgottenStreams(stream.TimeProvider);
        setup.Transport.OnStandby = OnStandby;
        setup.Transport.OnForgotten = OnForgotten;
        _hold = stream.Stream.Subscribe();
        stream.Stream.TryPut(default!);
    }

    /// <inheritdoc/>
    public string ContentType => _setup.Serializer.ContentType;

    /// <inheritdoc/>
    public RetryOptions Reconnect => _setup.Reconnect;

    /// <summary>What carries the stream.</summary>
    internal IStreamTransport Transport => _setup.Transport;

    /// <summary>How many values this process has put, and has been given for consumers that are not the producer's own.</summary>
    internal long ValuesAccepted => Math.Max(_producers.ValuesAccepted, _feeds.Count == 0 ? 0 : _feeds.Values.Max(feed => feed.ValuesAccepted));

    /// <summary>Ends when this process first leads the stream.</summary>
    internal Task WhenLed => _producers.WhenLed;

    /// <summary>Whether this process leads the stream now.</summary>
    internal bool IsLeading => _producers.IsLeading;

    /// <summary>Brings values to a consumer.</summary>
    internal void AddConsumer(ConsumerWorker<T> consumer) => _feeds[consumer.Name] = new ConsumerFeed<T>(_stream, _setup, consumer, this);

    /// <summary>What brings values to a consumer.</summary>
    internal ConsumerFeed<T> FeedOf(string consumer) => _feeds[consumer];

    /// <summary>Attaches a consumer.</summary>
    internal StreamSubscription<T> Subscribe(SubscriptionOptions options) => _feeds[options.Name!].Subscribe(options);

    /// <summary>Begins to take values for consumers.</summary>
    internal void StartConsumers()
    {
        _feeding = Task.WhenAll(_feeds.Values.Select(feed => Task.Run(() => FeedAsync(feed))));
        _ = EndWithConsumersAsync();
        _ = EndWithFaultAsync();
    }

    /// <summary>Begins to lead, as soon as it is this process's turn.</summary>
    internal void StartLeading()
    {
        lock (_gate) _leading ??= Task.Run(() => _producers.RunAsync([.. _feeds.Keys], _stream.AbortToken));
    }

    /// <summary>Puts a value: ends when it is durable, and everybody is going to have it.</summary>
    internal ValueTask PutAsync(T value, PutObserver observer, CancellationToken cancellationToken)
    {
        if (_stream.State != StreamState.Open) return _stream.Stream.PutAsync(value, observer, cancellationToken);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        var put = RemotePut.Create(value, _setup.Serializer, _setup.MaxValueBytes, observer);
        StartLeading();
        return _producers.TryQueue(put, cancellationToken) ? new ValueTask(put.Task) : _stream.Stream.PutAsync(value, observer, cancellationToken);
    }

    /// <summary>Appends a value if it need not wait for anybody: true does not say that it is durable yet.</summary>
    internal bool TryPut(T value, PutObserver observer)
    {
        if (_stream.State != StreamState.Open) return false;
        StartLeading();
        return _producers.TryAppend(RemotePut.Create(value, _setup.Serializer, _setup.MaxValueBytes, observer));
    }

    /// <inheritdoc cref="IStreamWriter{T}.FlushAsync"/>
    internal ValueTask FlushAsync(CancellationToken cancellationToken) => new(_producers.FlushAsync(cancellationToken));

    /// <summary>Closes the stream in this process.</summary>
    /// <param name="reason">Of <see cref="CloseReason"/>. At a shutdown it is handed over rather than ended, unless the settings say otherwise.</param>
    internal void Close(string reason)
    {
        var isHandedOver = reason == CloseReason.Shutdown && !_setup.EndsOnShutdown;
        var hasPut = _stream.Producers.Count > 0 || _producers.WhenLed.IsCompleted;
        lock (_gate) _ending ??= Task.Run(() => EndAsync(isHandedOver, hasPut));
    }

    /// <summary>Gives up everything at once.</summary>
    internal void Abort()
    {
        foreach (var feed in _feeds.Values) feed.Abort(_stream.AbortToken);
        _ = RefuseAsync();
    }

    /// <summary>What this process knows of the stream.</summary>
    internal StreamSnapshot GetSnapshot(StreamSnapshot life, IEnumerable<SubscriptionSnapshot> subscriptions) =>
        life with { ValuesPut = ValuesAccepted, ValuesWaiting = _producers.Pending, OldestWaitingPutAge = _producers.OldestWait, Subscriptions = [.. subscriptions] };

    /// <summary>Who has not finished what came to this process, and whether puts are not durable.</summary>
    internal IReadOnlyList<string> Unfinished() =>
        [.. _feeds.Values.Where(feed => feed.IsBehind).Select(feed => feed.Name), .. _producers.Pending > 0 ? new[] { "(puts)" } : []];

    /// <summary>How this process takes part.</summary>
    internal StreamxRemoteStatus Status
    {
        get
        {
            var names = _producers.DescribeNames();
            return new StreamxRemoteStatus
            {
                IsLeading = names is not null,
                IsStandby = Transport.IsStandby,
                // Who stands by to lead has a session that it does not know of yet.
                Problems = _links.Problems(who => who == RemoteProducers.Who && Transport.IsStandby),
                Lags = LagsOf(names),
                TimesForgotten = _forgotten.Count,
                LastForgottenAt = _forgotten.LastAt,
                Instance = Transport.Instance,
                Names = names ?? [.. _feeds.Values.OrderBy(feed => feed.Name, Names.Comparer).Select(DescribeHere)],
            };
        }
    }

    /// <summary>How far the registered names are behind; empty unless this process leads.</summary>
    internal IReadOnlyDictionary<string, long> Lags() => LagsOf(_producers.DescribeNames());

    /// <inheritdoc/>
    public void OnSessionWanted(string who) => _links.Want(who);

    /// <inheritdoc/>
    public void OnSession(string who) => _links.Had(who);

    /// <inheritdoc/>
    public void OnSessionOver(string who) => _links.Forget(who);

    /// <inheritdoc/>
    public void OnLeading(long epoch)
    {
        OnSession(RemoteProducers.Who);
        Interlocked.Exchange(ref _hasLoggedStandby, 0);
        Log.Leading(_stream.Logger, _stream.Name, epoch);
    }

    /// <inheritdoc/>
    public void OnEndedElsewhere()
    {
        Log.EndedElsewhere(_stream.Logger, _stream.Name);
        _stream.Close(CloseReason.Completed);
        // This process never leads again, so the puts that still wait have to be told.
        _ = RefuseAsync();
    }

    /// <inheritdoc/>
    public void OnReconnect(string who, Exception error, TimeSpan delay)
    {
        _links.Lost(who, ErrorText.Of(error));
        if (error is TransportException { IsFinal: true })
        {
            _stream.Fail(error);
            Log.CannotBegin(_stream.Logger, error, _stream.Name, who);
        }
        else
        {
            Log.Reconnects(_stream.Logger, _stream.Name, who, delay, ErrorText.Of(error));
        }
    }

    private void OnStandby()
    {
        if (Interlocked.Exchange(ref _hasLoggedStandby, 1) == 0) Log.StandsBy(_stream.Logger, _stream.Name);
    }

    private void OnForgotten()
    {
        _forgotten.Add();
        Log.StreamForgotten(_stream.Logger, _stream.Name);
    }

    private static Dictionary<string, long> LagsOf(IReadOnlyList<StreamxRemoteName>? names) =>
        (names ?? []).Where(name => name.Lag is not null).ToDictionary(name => name.Name, name => name.Lag!.Value, Names.Comparer);

    /// <summary>What a process that does not lead knows of a name of its own.</summary>
    private StreamxRemoteName DescribeHere(ConsumerFeed<T> feed) =>
        new() { Name = feed.Name, Lag = null, IsGating = false, Instance = feed.IsActive ? Transport.Instance : null, Standbys = [], Processes = null };

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
        if (_feeds.Count > 0 && _feeds.Values.Any(feed => feed.HasReachedEnd)) _stream.Close(CloseReason.Completed);
    }

    private async Task EndWithFaultAsync()
    {
        if (await Task.WhenAny(_stream.Stream.WhenFaulted, _stream.Drained).ConfigureAwait(false) != _stream.Stream.WhenFaulted) return;
        var error = await _stream.Stream.WhenFaulted.ConfigureAwait(false);
        foreach (var feed in _feeds.Values) feed.Fault(error);
        await RefuseAsync().ConfigureAwait(false);
        lock (_gate) _ending ??= Task.Run(() => EndAsync(isHandedOver: true, hasPut: false));
    }

    /// <summary>Ends what this process does for the stream, and then lets go of it. It does not fault.</summary>
    private async Task EndAsync(bool isHandedOver, bool hasPut)
    {
        _producers.Close(endsStream: !isHandedOver && hasPut);
        // One that never led has nothing under way, and it may be long until it does.
        if (isHandedOver && !_producers.WhenLed.IsCompleted) await RefuseAsync().ConfigureAwait(false);
        Task? leading;
        lock (_gate) leading = _leading;
        if (leading is not null) await leading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
            await _stream.Stream.PutAsync(default!).ConfigureAwait(false);
        }
        catch (Exception because)
        {
            _producers.Refuse(because);
        }
    }
}
