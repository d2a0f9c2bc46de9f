using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Streams;

/// <inheritdoc/>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class HostedStream<T> : HostedStream
{
    /// <summary>The producers.</summary>
    private readonly ProducerWorker<T>[] _producers;

    /// <summary>The consumers, and which of them are attached.</summary>
    private readonly ConsumerRoster<T> _roster;

    /// <summary>How it ends.</summary>
    private readonly StreamEnd _end;

    /// <summary>Tells the producers to stop.</summary>
    private readonly StopSignal _stopping;

    /// <summary>Tells the consumers to give up: the time for draining is up.</summary>
    private readonly StopSignal _abort;

    /// <summary>The streams of the host, once they run.</summary>
    private readonly RunningStreams _running;

    /// <summary>Whether the stream is being aborted; set before any observer can notice the abort.</summary>
    private volatile bool _isAborting;

    internal HostedStream(StreamRegistration<T> registration, IServiceProvider services)
        : base(registration.Name, services.GetRequiredService<IOptionsMonitor<StreamxOptions>>().Get(registration.Name))
    {
        Logger = SafeLogger.Create(services.GetRequiredService<ILoggerFactory>(), Log.Category);
        TimeProvider = services.GetService<TimeProvider>() ?? TimeProvider.System;
        _running = services.GetRequiredService<RunningStreams>();
        Probe = services.GetService<IStreamProbe<T>>();
        _stopping = new StopSignal(error => Log.TokenCallbackFailed(Logger, error, Name));
        _abort = new StopSignal(error => Log.TokenCallbackFailed(Logger, error, Name));
        InjectedPuts = new InjectedPuts(Name, TimeProvider);
        var metrics = services.GetRequiredService<StreamxMetrics>();
        Backend = registration.CreateBackend(this, services);
        Telemetry = new StreamTelemetry(metrics, Name, Options, TimeProvider, Backend, InjectedPuts);
        Backend.Observe(Telemetry.Injected);
        DeadLetters = registration.DeadLetterHandler is { } resolve
            ? new DeadLetters<T>(services, resolve, error => Log.DisposeFailed(Logger, error, Name, "the dead-letter handler"))
            : null;
        _end = new StreamEnd(Backend, Telemetry);
        _producers = [.. registration.Producers.Select(producer => producer.Build(this, services))];
        _roster = new ConsumerRoster<T>(this, [.. registration.Consumers.Select(consumer => consumer.Build(this, services))]);
        Inputs = new StreamInputs(_producers.Length, EndInput);
        metrics.Add(Telemetry);
    }

    /// <inheritdoc/>
    internal override StreamBackend<T> Backend { get; }

    /// <inheritdoc/>
    internal override StreamTelemetry Telemetry { get; }

    /// <inheritdoc/>
    internal override InjectedPuts InjectedPuts { get; }

    /// <summary>The clock of the stream and its workers.</summary>
    internal TimeProvider TimeProvider { get; }

    /// <summary>Intercepts the calls between the workers and their code; null outside a test harness.</summary>
    internal IStreamProbe<T>? Probe { get; }

    /// <summary>Takes the values that could not be handled; null when no handler is registered.</summary>
    internal DeadLetters<T>? DeadLetters { get; }

    /// <summary>The other streams of the host, once they run.</summary>
    internal IEnumerable<HostedStream> Others => _running.Streams.Where(stream => stream != this);

    /// <summary>Where the workers log.</summary>
    internal ILogger Logger { get; }

    /// <summary>Cancelled when the producers are to stop.</summary>
    internal CancellationToken StoppingToken => _stopping.Token;

    /// <summary>Cancelled when the time for draining is up.</summary>
    internal CancellationToken AbortToken => _abort.Token;

    /// <inheritdoc/>
    internal override bool IsAborting => _isAborting;

    /// <inheritdoc/>
    internal override StreamInputs Inputs { get; }

    /// <inheritdoc/>
    internal override IReadOnlyList<Worker> Producers => _producers;

    /// <inheritdoc/>
    internal override IReadOnlyList<ConsumerWorker> Consumers => _roster.Consumers;

    /// <inheritdoc/>
    internal override bool HasGatingConsumer => _roster.HasGatingConsumer;

    /// <inheritdoc/>
    internal override Task<Exception> WhenFailed => _end.WhenFailed;

    /// <inheritdoc/>
    internal override bool HasFailed => _end.HasFailed;

    /// <inheritdoc/>
    internal override Task WhenEndRecorded => _end.WhenRecorded;

    /// <summary>A writer for code outside the framework.</summary>
    internal IStreamWriter<T> CreateInjectedWriter() => new HostedStreamWriter<T>(this, Telemetry.Injected);

    /// <inheritdoc/>
    internal override void SubscribeConsumers()
    {
        _roster.SubscribeAll();
        InjectedPuts.Open();
    }

    /// <inheritdoc/>
    internal override void StartConsumers()
    {
        _roster.StartAll();
        foreach (var consumer in _roster.Consumers) consumer.Output?.Start(WhenOverAsync(consumer));
        Backend.StartConsumers();
    }

    /// <inheritdoc/>
    internal override void StartProducers()
    {
        if (_producers.Length > 0) Backend.StartProducers();
        foreach (var producer in _producers) producer.Start();
    }

    /// <inheritdoc/>
    internal override void Close(string reason)
    {
        _end.NoteReason(reason);
        Backend.Close(reason);
    }

    /// <inheritdoc/>
    internal override Task CancelProducersAsync()
    {
        // A paused producer has to end, too: the value that it is about to put is still accepted.
        foreach (var producer in _producers) producer.Pause.Resume(forGood: true);
        return _stopping.GiveAsync();
    }

    /// <inheritdoc/>
    internal override Task AbortAsync()
    {
        // The stream is aborted before the token: a consumer that gives up must not let a waiting put commit by leaving. The abort also
        // takes out all other subscriptions: nothing may hold a stream whose host is gone.
        _isAborting = true;
        _end.NoteReason(CloseReason.Shutdown);
        Backend.Abort(AbortToken);
        // From now on a put is refused because the stream is closed, also if it was never started.
        InjectedPuts.Open();
        return _abort.GiveAsync();
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<ConsumerShutdownReport> ReportConsumers() =>
        [.. _roster.Consumers.Select(consumer => consumer.Report(Backend.AcceptedFor(consumer.Name)))];

    /// <summary>A worker has failed: the stream faults, unless it has ended, and the host is told in any case.</summary>
    internal void Fail(Exception error) => _end.Fail(error);

    /// <inheritdoc/>
    internal override StreamxStreamStatus GetStatus()
    {
        StreamSnapshot snapshot;
        StreamxHolder? holder;
        var looks = 0;
        bool isAtOneMoment;
        do
        {
            snapshot = Backend.GetSnapshot(_roster.Consumers.Select(consumer => consumer.Subscription).OfType<SubscriptionSnapshot>());
            isAtOneMoment = HolderChain.TryFollow(this, Backend.FindOnlyMissing(snapshot), out holder);
        }
        while (!isAtOneMoment && ++looks < HolderChain.MaxLooks);

        return GetStatus(snapshot, isAtOneMoment ? holder : null);
    }

    private StreamxStreamStatus GetStatus(StreamSnapshot snapshot, StreamxHolder? holder) => new()
    {
        Name = Name,
        Stream = snapshot,
        Holder = holder,
        Producers = Array.ConvertAll(_producers, producer => producer.Status),
        Consumers = [.. _roster.Consumers.Select(consumer => consumer.Status)],
        ControlActions = ControlActions,
        Remote = Backend.RemoteStatus,
        DrainTimeLeft = DrainDeadline?.Left,
    };

    /// <inheritdoc/>
    internal override ProducerPause? FindPause(string producer) =>
        Array.Find(_producers, candidate => Names.Comparer.Equals(candidate.Name, producer))?.Pause;

    /// <inheritdoc/>
    internal override bool DetachConsumer(ConsumerWorker consumer) => _roster.Detach(consumer);

    /// <inheritdoc/>
    internal override bool AttachConsumer(ConsumerWorker consumer) => _roster.Attach(consumer);

    /// <summary>A consumer leaves the stream before its end. The last one that keeps the stream alive ends it.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="because">What it did.</param>
    internal void OnConsumerLeft(ConsumerWorker<T> consumer, string because)
    {
        if (!_roster.TakesLifeOnLeaving(consumer)) return;
        Fail(new InvalidOperationException($"No consumer of stream '{Name}' remains: '{consumer.Name}', the last one, {because}."));
    }

    private void EndInput()
    {
        // While the host stops, the coordinator closes: it may have to wait for injected writers.
        if (_stopping.IsGiven || State != StreamState.Open) return;
        Log.InputEnded(Logger, Name);
        Close(CloseReason.Completed);
    }
}
