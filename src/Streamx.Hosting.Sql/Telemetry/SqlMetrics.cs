using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Streamx.Hosting.Sql.Telemetry;

/// <summary>The metrics of streams in a database, for all streams of a container.</summary>
/// <remarks>The meter belongs to its factory, which ends it with the container.</remarks>
internal sealed class SqlMetrics
{
    /// <summary>From a commit that is not flushed to a store that another program has locked.</summary>
    private static readonly InstrumentAdvice<double> s_seconds =
        new() { HistogramBucketBoundaries = [.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10] };

    private static readonly InstrumentAdvice<double> s_values =
        new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096] };

    /// <summary>The terms of this process, each with its stream.</summary>
    private readonly ConcurrentDictionary<LeadSession, string> _leaders = [];

    private readonly SafeMeter _meter;
    private readonly Histogram<double> _append;
    private readonly Histogram<double> _position;
    private readonly Histogram<double> _values;

    public SqlMetrics(IMeterFactory factory, StreamxMetrics hosting)
    {
        _meter = new SafeMeter(factory.Create(StreamxSqlTelemetry.MeterName), hosting.Failures);
        _append = _meter.Create(meter => meter.CreateHistogram(
            StreamxSqlTelemetry.AppendDuration, "s", "How long it took to store what was put together.", advice: s_seconds));
        _position = _meter.Create(meter => meter.CreateHistogram(
            StreamxSqlTelemetry.PositionDuration, "s", "How long it took to store a consumer's position.", advice: s_seconds));
        _values = _meter.Create(meter => meter.CreateHistogram(
            StreamxSqlTelemetry.AppendValues, "{item}", "How many values of a stream went into one commit.", advice: s_values));
        _meter.Create(meter => meter.CreateObservableGauge(
            StreamxSqlTelemetry.Kept,
            () => _leaders.Select(
                leader => new Measurement<long>(leader.Key.Kept, new KeyValuePair<string, object?>(StreamxTags.StreamName, leader.Value))),
            "{item}",
            "How many values the database keeps."));
    }

    /// <summary>What was put together is stored, or is not.</summary>
    internal void OnAppended(string stream, TimeSpan time, Exception? error)
    {
        if (error is null) _meter.Record(_append, time.TotalSeconds, new KeyValuePair<string, object?>(StreamxTags.StreamName, stream));
        else
        {
            _meter.Record(
                _append, time.TotalSeconds, new(StreamxTags.StreamName, stream), new(StreamxTags.ErrorType, error.GetType().FullName));
        }
    }

    /// <summary>A commit had values of a stream.</summary>
    internal void OnCommit(string stream, int values) =>
        _meter.Record(_values, values, new KeyValuePair<string, object?>(StreamxTags.StreamName, stream));

    /// <summary>A consumer's position is stored.</summary>
    internal void OnPosition(string stream, TimeSpan time) =>
        _meter.Record(_position, time.TotalSeconds, new KeyValuePair<string, object?>(StreamxTags.StreamName, stream));

    /// <summary>This process leads a stream.</summary>
    internal void OnLeading(LeadSession session, string stream) => _leaders[session] = stream;

    /// <summary>This process no longer leads it.</summary>
    internal void OnLeadOver(LeadSession session) => _leaders.TryRemove(session, out _);
}
