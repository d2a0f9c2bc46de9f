using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Telemetry;

/// <summary>The instruments, one set for each container. They measure the streams of the container.</summary>
/// <remarks>Safe from any thread. The meter belongs to its factory, which disposes of it with the container.</remarks>
internal sealed class StreamxMetrics
{
    /// <summary>Bucket boundaries from a tenth of a millisecond to a minute. The default ones of SDKs are of no use for seconds.</summary>
    private static readonly InstrumentAdvice<double> s_seconds =
        new() { HistogramBucketBoundaries = [.0001, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60] };

    private readonly Histogram<double> _wait;
    private readonly Counter<double> _marginal;
    private readonly ObservableCounter<double> _producerTime;
    private readonly ObservableCounter<double> _consumerTime;
    private readonly Histogram<double> _process;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _items;
    private readonly Counter<long> _faults;
    private readonly Counter<long> _restarts;
    private readonly Histogram<double> _close;
    private readonly Counter<long> _undelivered;

    /// <summary>The meter, whose listeners may throw.</summary>
    private readonly SafeMeter _meter;

    /// <summary>Guards <see cref="_streams"/>, which is replaced whenever a stream comes.</summary>
    private readonly Lock _lock = new();

    /// <summary>The streams that are measured.</summary>
    private volatile StreamTelemetry[] _streams = [];

    public StreamxMetrics(IMeterFactory factory, ILoggerFactory loggers)
    {
        Failures = new ListenerFailures(SafeLogger.Create(loggers, Log.Category));
        var meter = _meter = new SafeMeter(
            factory.Create(new MeterOptions(StreamxSources.MeterName) { Version = StreamxTracing.Version }), Failures);
        _wait = meter.Create(m => m.CreateHistogram(
            StreamxInstruments.BackpressureWaitDuration, "s", "How long a put waited until every consumer was ready.", advice: s_seconds));
        _marginal = meter.Create(m => m.CreateCounter<double>(
            StreamxInstruments.BackpressureMarginalTime, "s", "Waiting that only this consumer caused."));
        _producerTime = meter.Create(m => m.CreateObservableCounter(
            StreamxInstruments.ProducerTime,
            () => Observe<double>(static (stream, times) => stream.ObserveProducerTime(times)),
            "s", "What producers spent their time on."));
        _consumerTime = meter.Create(m => m.CreateObservableCounter(
            StreamxInstruments.ConsumerTime,
            () => Observe<double>(static (stream, times) => stream.ObserveConsumerTime(times)),
            "s", "What consumers spent their time on."));
        _process = meter.Create(m => m.CreateHistogram(
            StreamxInstruments.ConsumerProcessDuration, "s", "How long a consumer held one value, all attempts together.",
            advice: s_seconds));
        meter.Create(m => m.CreateObservableGauge(
            StreamxInstruments.ConsumerItemAge,
            () => Observe<double>(static (stream, ages) => stream.ObserveItemAge(ages)),
            "s", "How long a consumer has held the value it still has in hand."));
        meter.Create(m => m.CreateObservableGauge(
            StreamxInstruments.ConsumerLag,
            () => Observe<long>(static (stream, lags) => stream.ObserveLag(lags)),
            "{item}", "Accepted values a consumer has not finished."));
        meter.Create(m => m.CreateObservableGauge(
            StreamxInstruments.ConsumerConcurrency,
            () => Observe<long>(static (stream, slots) => stream.ObserveConcurrency(slots)),
            "{slot}", "How many values, or batches, a consumer may handle at once."));
        _retries = meter.Create(m => m.CreateCounter<long>(StreamxInstruments.ConsumerRetries, "{retry}", "Retries scheduled."));
        _items = meter.Create(m => m.CreateCounter<long>(StreamxInstruments.ConsumerItems, "{item}", "What became of values."));
        _faults = meter.Create(
            m => m.CreateCounter<long>(StreamxInstruments.WorkerFaults, "{fault}", "Runs of workers that ended in an exception."));
        _restarts = meter.Create(m => m.CreateCounter<long>(StreamxInstruments.WorkerRestarts, "{restart}", "Workers started again."));
        meter.Create(m => m.CreateObservableUpDownCounter(
            StreamxInstruments.ConsumerActive,
            () => Observe<long>(static (stream, counts) => stream.ObserveActiveConsumers(counts)), "{consumer}", "Attached consumers."));
        meter.Create(m => m.CreateObservableUpDownCounter(
            StreamxInstruments.ProducerActive,
            () => Observe<long>(static (stream, counts) => stream.ObserveActiveProducers(counts)),
            "{producer}", "Producers that have not ended."));
        meter.Create(m => m.CreateObservableUpDownCounter(
            StreamxInstruments.StreamStatus,
            () => Observe<long>(static (stream, states) => stream.ObserveStatus(states)),
            "1", "1 for the state the stream is in, 0 for the others."));
        _close = meter.Create(m => m.CreateHistogram(
            StreamxInstruments.StreamCloseDuration, "s", "From closing the stream until it had drained.", advice: s_seconds));
        _undelivered = meter.Create(m => m.CreateCounter<long>(
            StreamxInstruments.StreamUndelivered, "{item}", "Accepted values a consumer did not get before the abort."));
    }

    /// <summary>Logs what listeners throw.</summary>
    internal ListenerFailures Failures { get; }

    /// <summary>Whether there is a listener to per-put and per-value events, so that these have to be followed, and precisely.</summary>
    internal bool AreValuesFollowed =>
        _wait.Enabled || _process.Enabled || _items.Enabled || _producerTime.Enabled || _consumerTime.Enabled || _marginal.Enabled;

    /// <summary>Whether there is a listener to the times of producers.</summary>
    internal bool IsProducerTimeEnabled => _producerTime.Enabled;

    /// <summary>Whether there is a listener to the times of consumers.</summary>
    internal bool IsConsumerTimeEnabled => _consumerTime.Enabled;

    /// <summary>Has a stream measured.</summary>
    internal void Add(StreamTelemetry stream)
    {
        lock (_lock) _streams = [.. _streams, stream];
    }

    /// <summary>Starts every counter of a stream whose tags are known at zero. Otherwise rates would miss its first increment.</summary>
    internal void Seed(string stream, IEnumerable<string> consumers)
    {
        foreach (var consumer in consumers)
        {
            _meter.Add(_marginal, 0, Stream(stream), Consumer(consumer));
            foreach (var outcome in ItemOutcome.All) OnItems(stream, consumer, outcome, 0);
            OnUndelivered(stream, consumer, 0);
        }
    }

    /// <summary>A put is over.</summary>
    internal void OnPut(string stream, string producer, double seconds, string? gatedBy, Exception? error)
    {
        if (!_wait.Enabled) return;
        if (error is null && gatedBy is null) _meter.Record(_wait, seconds, Stream(stream), Producer(producer));
        else if (error is null) _meter.Record(_wait, seconds, Stream(stream), Producer(producer), GatedBy(gatedBy!));
        else if (gatedBy is null) _meter.Record(_wait, seconds, Stream(stream), Producer(producer), Error(error));
        else _meter.Record(_wait, seconds, Stream(stream), Producer(producer), GatedBy(gatedBy), Error(error));
    }

    /// <summary>A put has waited for one consumer only, for a while.</summary>
    internal void OnMarginalWait(string stream, string consumer, double seconds) =>
        _meter.Add(_marginal, seconds, Stream(stream), Consumer(consumer));

    /// <summary>A consumer has held values, each for that long.</summary>
    internal void OnProcessed(string stream, string consumer, int count, double seconds, Exception? error)
    {
        if (!_process.Enabled) return;
        for (var i = 0; i < count; i++)
        {
            if (error is null) _meter.Record(_process, seconds, Stream(stream), Consumer(consumer));
            else _meter.Record(_process, seconds, Stream(stream), Consumer(consumer), Error(error));
        }
    }

    /// <summary>Values have got their outcome.</summary>
    internal void OnItems(string stream, string consumer, string outcome, long count) =>
        _meter.Add(_items, count, Stream(stream), Consumer(consumer), Outcome(outcome));

    /// <summary>A value, or batch, is going to be tried again.</summary>
    internal void OnRetry(string stream, string consumer, Exception error) =>
        _meter.Add(_retries, 1, Stream(stream), Consumer(consumer), Error(error));

    /// <summary>A worker has failed.</summary>
    internal void OnFault(string stream, string role, string worker, Exception error) =>
        _meter.Add(_faults, 1, Stream(stream), Role(role), Worker(worker), Error(error));

    /// <summary>A worker that has failed is started again.</summary>
    internal void OnRestart(string stream, string role, string worker, Exception error) =>
        _meter.Add(_restarts, 1, Stream(stream), Role(role), Worker(worker), Error(error));

    /// <summary>A stream has drained.</summary>
    internal void OnDrained(string stream, string reason, double seconds) => _meter.Record(_close, seconds, Stream(stream), Reason(reason));

    /// <summary>A stream has ended, and a consumer never got some of its values.</summary>
    internal void OnUndelivered(string stream, string consumer, long count) =>
        _meter.Add(_undelivered, count, Stream(stream), Consumer(consumer));

    private List<Measurement<TValue>> Observe<TValue>(Action<StreamTelemetry, List<Measurement<TValue>>> observe)
        where TValue : struct
    {
        List<Measurement<TValue>> measurements = [];
        foreach (var stream in _streams) observe(stream, measurements);
        return measurements;
    }

    private static KeyValuePair<string, object?> Stream(string name) => new(StreamxTags.StreamName, name);

    private static KeyValuePair<string, object?> Producer(string name) => new(StreamxTags.ProducerName, name);

    private static KeyValuePair<string, object?> Consumer(string name) => new(StreamxTags.ConsumerName, name);

    private static KeyValuePair<string, object?> GatedBy(string consumer) => new(StreamxTags.GatedBy, consumer);

    private static KeyValuePair<string, object?> Outcome(string name) => new(StreamxTags.ItemOutcome, name);

    private static KeyValuePair<string, object?> Reason(string name) => new(StreamxTags.CloseReason, name);

    private static KeyValuePair<string, object?> Role(string role) => new(StreamxTags.WorkerRole, role);

    private static KeyValuePair<string, object?> Worker(string name) => new(StreamxTags.WorkerName, name);

    private static KeyValuePair<string, object?> Error(Exception error) => new(StreamxTags.ErrorType, StreamxTracing.TypeOf(error));
}
