using Streamx.Hosting.RabbitMQ;
using Streamx.Hosting.Sqlite;
using static Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Instruments.InstrumentKind;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Instruments;

/// <summary>Every instrument there is: what the queries of the dashboard and of the rules may ask for.</summary>
/// <remarks>The one place where the tests here say kinds, units and tags; names come from the product.</remarks>
public static class InstrumentTable
{
    /// <summary>The table.</summary>
    public static IReadOnlyList<InstrumentContract> All { get; } =
    [
        new(StreamxInstruments.BackpressureWaitDuration, Histogram, "s", StreamxTags.ProducerName, StreamxTags.GatedBy, StreamxTags.ErrorType),
        new(StreamxInstruments.BackpressureMarginalTime, Counter, "s", StreamxTags.ConsumerName),
        new(StreamxInstruments.ProducerTime, Counter, "s", StreamxTags.ProducerName, StreamxTags.ProducerState),
        new(StreamxInstruments.ConsumerTime, Counter, "s", StreamxTags.ConsumerName, StreamxTags.ConsumerState),
        new(StreamxInstruments.ConsumerProcessDuration, Histogram, "s", StreamxTags.ConsumerName, StreamxTags.ErrorType),
        new(StreamxInstruments.ConsumerItemAge, Gauge, "s", StreamxTags.ConsumerName),
        new(StreamxInstruments.ConsumerLag, Gauge, "{item}", StreamxTags.ConsumerName),
        new(StreamxInstruments.ConsumerConcurrency, Gauge, "{slot}", StreamxTags.ConsumerName),
        new(StreamxInstruments.ConsumerRetries, Counter, "{retry}", StreamxTags.ConsumerName, StreamxTags.ErrorType),
        new(StreamxInstruments.ConsumerItems, Counter, "{item}", StreamxTags.ConsumerName, StreamxTags.ItemOutcome),
        new(StreamxInstruments.WorkerFaults, Counter, "{fault}", StreamxTags.WorkerRole, StreamxTags.WorkerName, StreamxTags.ErrorType),
        new(StreamxInstruments.WorkerRestarts, Counter, "{restart}", StreamxTags.WorkerRole, StreamxTags.WorkerName, StreamxTags.ErrorType),
        new(StreamxInstruments.ConsumerActive, UpDownCounter, "{consumer}"),
        new(StreamxInstruments.ProducerActive, UpDownCounter, "{producer}"),
        new(StreamxInstruments.StreamStatus, UpDownCounter, "1", StreamxTags.StreamState),
        new(StreamxInstruments.StreamCloseDuration, Histogram, "s", StreamxTags.CloseReason),
        new(StreamxInstruments.StreamUndelivered, Counter, "{item}", StreamxTags.ConsumerName),
        new(StreamxRabbitMqTelemetry.ConfirmDuration, Histogram, "s", StreamxTags.ErrorType),
        new(StreamxRabbitMqTelemetry.Reconnects, Counter, "{reconnect}", StreamxTags.WorkerRole, StreamxTags.ConsumerName),
        new(StreamxRabbitMqTelemetry.Forgotten, Counter, "{stream}"),
        new(StreamxRabbitMqTelemetry.Blocked, UpDownCounter, "{connection}"),
        new(StreamxSqlTelemetry.AppendDuration, Histogram, "s", StreamxTags.ErrorType),
        new(StreamxSqlTelemetry.AppendValues, Histogram, "{item}"),
        new(StreamxSqlTelemetry.PositionDuration, Histogram, "s"),
        new(StreamxSqlTelemetry.Kept, Gauge, "{item}"),
    ];

    /// <summary>Their series in Prometheus, by name.</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> Series { get; } =
        All.SelectMany(instrument => instrument.Series).ToDictionary(series => series.Name, series => series.Labels);
}
