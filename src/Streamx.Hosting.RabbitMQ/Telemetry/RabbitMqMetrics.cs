using System.Diagnostics.Metrics;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>The metrics of the broker, for all streams of a container.</summary>
/// <remarks>The meter belongs to its factory, which ends it with the container.</remarks>
internal sealed class RabbitMqMetrics
{
    /// <summary>From a broker on the same machine to one that is about to be given up.</summary>
    private static readonly InstrumentAdvice<double> s_seconds =
        new() { HistogramBucketBoundaries = [.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10] };

    /// <summary>The meter, whose listeners may throw.</summary>
    private readonly SafeMeter _meter;

    private readonly Histogram<double> _confirm;
    private readonly Counter<long> _reconnects;
    private readonly Counter<long> _forgotten;
    private readonly UpDownCounter<long> _blocked;

    public RabbitMqMetrics(IMeterFactory factory, StreamxMetrics hosting)
    {
        _meter = new SafeMeter(factory.Create(StreamxRabbitMqTelemetry.MeterName), hosting.Failures);
        _confirm = _meter.Create(meter => meter.CreateHistogram(
            StreamxRabbitMqTelemetry.ConfirmDuration, "s", "How long the broker took to confirm a value.", advice: s_seconds));
        _reconnects = _meter.Create(meter => meter.CreateCounter<long>(
            StreamxRabbitMqTelemetry.Reconnects, "{reconnect}", "Connections opened again."));
        _forgotten = _meter.Create(meter => meter.CreateCounter<long>(
            StreamxRabbitMqTelemetry.Forgotten, "{stream}", "Streams that the broker turned out to have forgotten."));
        _blocked = _meter.Create(meter => meter.CreateUpDownCounter<long>(
            StreamxRabbitMqTelemetry.Blocked, "{connection}", "Connections on which the broker takes no messages for now."));
    }

    /// <summary>A value has been confirmed, or its confirm has failed.</summary>
    internal void OnConfirm(string stream, TimeSpan time, Exception? error)
    {
        if (error is null) _meter.Record(_confirm, time.TotalSeconds, new KeyValuePair<string, object?>(StreamxTags.StreamName, stream));
        else
        {
            _meter.Record(
                _confirm, time.TotalSeconds, new(StreamxTags.StreamName, stream), new(StreamxTags.ErrorType, error.GetType().FullName));
        }
    }

    /// <summary>The broker has forgotten a stream.</summary>
    internal void OnForgotten(string stream) =>
        _meter.Add(_forgotten, 1, new KeyValuePair<string, object?>(StreamxTags.StreamName, stream));

    /// <summary>The number of connections on which the broker takes no messages has changed.</summary>
    internal void OnBlocked(string stream, int change) =>
        _meter.Add(_blocked, change, new KeyValuePair<string, object?>(StreamxTags.StreamName, stream));

    /// <summary>A producer or a consumer has its connection again.</summary>
    internal void OnReconnect(string stream, string role, string? consumer)
    {
        if (consumer is null) _meter.Add(_reconnects, 1, new(StreamxTags.StreamName, stream), new(StreamxTags.WorkerRole, role));
        else
        {
            _meter.Add(
                _reconnects, 1, new(StreamxTags.StreamName, stream), new(StreamxTags.WorkerRole, role),
                new(StreamxTags.ConsumerName, consumer));
        }
    }
}
