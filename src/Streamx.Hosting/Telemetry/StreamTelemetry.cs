using System.Diagnostics.Metrics;

namespace Streamx.Hosting.Telemetry;

/// <summary>Measures and traces one stream and its workers.</summary>
internal sealed class StreamTelemetry
{
    private readonly StreamBackend _backend;

    /// <summary>The tags of what is observed of the stream as a whole.</summary>
    private readonly KeyValuePair<string, object?>[] _tags;

    /// <summary>Each state of the stream, with its tags.</summary>
    private readonly (StreamState State, KeyValuePair<string, object?>[] Tags)[] _states;

    /// <summary>The producers that are measured. Complete before anything runs.</summary>
    private readonly List<ProducerTelemetry> _producers = [];

    /// <summary>The consumers. Complete before anything runs.</summary>
    private readonly List<ConsumerTelemetry> _consumers = [];

    /// <summary>The names of the consumers, by themselves: as the registration spells them.</summary>
    private readonly HashSet<string> _names = [];

    /// <summary>Guards changes of <see cref="_isFollowed"/>.</summary>
    private readonly Lock _following = new();

    /// <summary>Whether per-value events were followed at the last check.</summary>
    private volatile bool _isFollowed;

    /// <summary>Prepares it.</summary>
    /// <param name="metrics">The instruments.</param>
    /// <param name="name">The stream's name.</param>
    /// <param name="options">Its settings.</param>
    /// <param name="clock">Its clock.</param>
    /// <param name="backend">What carries it.</param>
    /// <param name="injected">Follows the puts of application code.</param>
    internal StreamTelemetry(
        StreamxMetrics metrics, string name, StreamxOptions options, TimeProvider clock, StreamBackend backend, InjectedPuts injected)
    {
        Metrics = metrics;
        Name = name;
        Clock = clock;
        Window = Math.Max(1, options.Window);
        _backend = backend;
        Tracing = new StreamxTracing(name, options, metrics.Failures);
        Injected = new ProducerTelemetry(this, StreamxTags.InjectedProducer, isTimed: false, injected);
        _tags = [new(StreamxTags.StreamName, name)];
        _states = Array.ConvertAll(
            Enum.GetValues<StreamState>(),
            value => (value, (KeyValuePair<string, object?>[])[.. _tags, new(StreamxTags.StreamState, NameOf(value))]));
    }

    /// <summary>The instruments.</summary>
    internal StreamxMetrics Metrics { get; }

    /// <summary>The stream's name.</summary>
    internal string Name { get; }

    /// <summary>The stream's window.</summary>
    internal int Window { get; }

    /// <summary>The stream's clock.</summary>
    internal TimeProvider Clock { get; }

    /// <summary>The stream's activities.</summary>
    internal StreamxTracing Tracing { get; }

    /// <summary>All writers taken from the container, as one producer.</summary>
    internal ProducerTelemetry Injected { get; }

    /// <summary>Measures one more producer, or processor that puts into the stream.</summary>
    /// <remarks>Names of processors are unique in the streams they take from only: one that is taken here gets a number.</remarks>
    /// <param name="name">Its name.</param>
    /// <param name="output">For a processor, what informs it of its waits.</param>
    internal ProducerTelemetry AddProducer(string name, StageOutput? output = null)
    {
        var unique = name;
        for (var number = 2; _producers.Exists(other => Names.Comparer.Equals(other.Name, unique)); number++) unique = $"{name} ({number})";
        var producer = new ProducerTelemetry(this, unique, isTimed: true, injected: null, output);
        _producers.Add(producer);
        return producer;
    }

    /// <summary>Measures one more consumer.</summary>
    internal ConsumerTelemetry AddConsumer(ConsumerWorker worker)
    {
        var consumer = new ConsumerTelemetry(this, worker);
        _consumers.Add(consumer);
        _names.Add(worker.Name);
        return consumer;
    }

    /// <summary>Whether there was a listener to per-value events when <see cref="Follow"/> last checked.</summary>
    internal bool IsFollowed => _isFollowed;

    /// <summary>Whether there is a listener to per-value events. Sets the precision of the stream's measurements accordingly.</summary>
    internal bool Follow()
    {
        var isFollowed = Metrics.AreValuesFollowed;
        if (isFollowed != _isFollowed) UpdateFollowed();
        return isFollowed;
    }

    /// <summary>
    /// The name of a consumer for a tag: all consumers that application code subscribes share one name, because their number is unbounded.
    /// </summary>
    internal string KnownConsumer(string name) =>
        _backend.KnowsEveryConsumer || _names.Contains(name) ? name : StreamxTags.InjectedConsumer;

    /// <summary>Calls back between two transitions of the stream, with the time.</summary>
    internal void BetweenTransitions(Action<long> look) => _backend.BetweenTransitions(look);

    /// <summary>A difference of the clock's timestamps, in seconds.</summary>
    internal double Seconds(long ticks) => (double)ticks / Clock.TimestampFrequency;

    /// <summary>Begins every counter whose tags are known at zero.</summary>
    internal void Seed() => Metrics.Seed(Name, _names);

    /// <summary>The stream has drained: time stands still also for consumers that might have been attached again.</summary>
    internal void OnDrained(string reason, TimeSpan sinceClosed)
    {
        Metrics.OnDrained(Name, reason, sinceClosed.TotalSeconds);
        foreach (var consumer in _consumers) consumer.OnStreamEnded();
    }

    /// <summary>The stream's report has been made.</summary>
    internal void OnUndelivered(string consumer, long count) => Metrics.OnUndelivered(Name, consumer, count);

    /// <summary>Reports the time that producers have spent in each state.</summary>
    internal void ObserveProducerTime(List<Measurement<double>> times) => _producers.ForEach(producer => producer.Observe(times));

    /// <summary>Reports the time that consumers have spent in each state.</summary>
    internal void ObserveConsumerTime(List<Measurement<double>> times) => _consumers.ForEach(consumer => consumer.ObserveTime(times));

    /// <summary>Reports how long consumers have held the item in hand.</summary>
    internal void ObserveItemAge(List<Measurement<double>> ages) => _consumers.ForEach(consumer => consumer.ObserveAge(ages));

    /// <summary>Reports how many items consumers may handle at once.</summary>
    internal void ObserveConcurrency(List<Measurement<long>> slots) => _consumers.ForEach(consumer => consumer.ObserveConcurrency(slots));

    /// <summary>Reports how far consumers are behind.</summary>
    /// <remarks>
    /// Between processes, the leader knows the lag of every consumer, also of those that run in no process; the other processes know it for
    /// the values that they received.
    /// </remarks>
    internal void ObserveLag(List<Measurement<long>> lags)
    {
        var known = _backend.Lags;
        foreach (var consumer in _consumers)
            if (!known.ContainsKey(consumer.Name)) consumer.ObserveLag(lags);
        foreach (var (name, lag) in known)
            lags.Add(new Measurement<long>(lag, [.. _tags, new(StreamxTags.ConsumerName, name)]));
    }

    /// <summary>Reports how many consumers are attached.</summary>
    internal void ObserveActiveConsumers(List<Measurement<long>> counts) =>
        counts.Add(new Measurement<long>(_consumers.Count(consumer => consumer.IsActive), _tags));

    /// <summary>Reports how many producers have not ended.</summary>
    internal void ObserveActiveProducers(List<Measurement<long>> counts) =>
        counts.Add(new Measurement<long>(_producers.Count(producer => producer.IsActive), _tags));

    /// <summary>Reports where the stream is in its life.</summary>
    internal void ObserveStatus(List<Measurement<long>> states)
    {
        var now = _backend.State;
        foreach (var (state, tags) in _states) states.Add(new Measurement<long>(state == now ? 1 : 0, tags));
    }

    /// <summary>
    /// The first listener has come, or the last one has gone. Several threads may notice at once: the last check decides, for both settings
    /// together.
    /// </summary>
    private void UpdateFollowed()
    {
        lock (_following)
        {
            _isFollowed = Metrics.AreValuesFollowed;
            _backend.MeasurePrecisely(_isFollowed);
        }
    }

    private static string NameOf(StreamState state) => state switch
    {
        StreamState.Open => "open",
        StreamState.Closing => "closing",
        StreamState.Closed => "closed",
        _ => "faulted",
    };
}
