using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Streamx.Hosting.Sqlite.Tests.EndToEnd;

namespace Streamx.Hosting.Sqlite.Tests.Telemetry;

public sealed class SqlMetricsTests : IDisposable
{
    private readonly TestFile _file = new();

    [Fact]
    public async Task Values_AreMeasured_ByStream()
    {
        var slow = new Gate();
        await using var pod = Pod.Build(_file, "orders", stream => stream.AddConsumer("a", (value, _) => slow.HandleAsync(value)), o => o.Window = 8);
        var factory = pod.Services.GetRequiredService<IMeterFactory>();
        using var append = new MetricCollector<double>(factory, StreamxSqlTelemetry.MeterName, StreamxSqlTelemetry.AppendDuration);
        using var values = new MetricCollector<double>(factory, StreamxSqlTelemetry.MeterName, StreamxSqlTelemetry.AppendValues);
        using var position = new MetricCollector<double>(factory, StreamxSqlTelemetry.MeterName, StreamxSqlTelemetry.PositionDuration);
        using var kept = new MetricCollector<long>(factory, StreamxSqlTelemetry.MeterName, StreamxSqlTelemetry.Kept);
        await pod.StartAsync();
        var writer = pod.Services.GetRequiredKeyedService<IStreamWriter<int>>("orders");

        await writer.PutManyAsync(new[] { 1, 2, 3, 4, 5 }).AsTask().WithinAsync();
        await slow.Taken.UntilAsync(1);
        kept.RecordObservableInstruments();
        slow.Open();
        await writer.FlushAsync().AsTask().WithinAsync();

        Assert.All(append.GetMeasurementSnapshot(), time => Assert.Equal((true, "orders"), (time.Value > 0, time.Tags[StreamxTags.StreamName])));
        Assert.Equal(5, values.GetMeasurementSnapshot().Sum(commit => commit.Value));
        Assert.Equal(5, kept.LastMeasurement!.Value);
        Assert.Equal("orders", kept.LastMeasurement.Tags[StreamxTags.StreamName]);
        Assert.All(position.GetMeasurementSnapshot(), time => Assert.Equal((true, "orders"), (time.Value > 0, time.Tags[StreamxTags.StreamName])));
        Assert.NotEmpty(position.GetMeasurementSnapshot());
    }

    [Fact]
    public async Task Values_StreamEnds_EndIsNone()
    {
        await using var pod = Pod.Build(
            _file, "orders", stream => stream.AddConsumer("a", (_, _) => default), configure: null, ("Streamx:orders:Sqlite:EndStreamOnShutdown", "true"));
        using var values = new MetricCollector<double>(pod.Services.GetRequiredService<IMeterFactory>(), StreamxSqlTelemetry.MeterName, StreamxSqlTelemetry.AppendValues);
        await pod.StartAsync();
        await pod.Services.GetRequiredKeyedService<IStreamWriter<int>>("orders").PutAsync(1).AsTask().WithinAsync();

        await pod.StopAsync();

        Assert.Equal(1, _file.Number("select ends from streamx_streams"));
        Assert.Equal([1], values.GetMeasurementSnapshot().Select(commit => commit.Value));
    }

    /// <summary>What the README lists is what there is.</summary>
    [Fact]
    public void Readme_NamesEveryInstrument()
    {
        var readme = File.ReadAllText(Readme.Path);

        Assert.All(
            new[] { StreamxSqlTelemetry.AppendDuration, StreamxSqlTelemetry.AppendValues, StreamxSqlTelemetry.PositionDuration, StreamxSqlTelemetry.Kept, StreamxSqlTelemetry.MeterName },
            name => Assert.Contains($"`{name}`", readme, StringComparison.Ordinal));
    }

    public void Dispose() => _file.Dispose();
}
