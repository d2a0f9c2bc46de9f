using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Telemetry;

/// <summary>What is measured of the broker, and of names that run elsewhere or nowhere.</summary>
public sealed class BrokerMetricsTests(OneNode broker) : IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);

    [Fact]
    public async Task Lag_NameThatRunsNowhere_IsReportedByTheLeader()
    {
        await _stream.CreateProcess().RegisterAsync(["a"], CancellationToken.None);
        await using var producer = await Pod.StartAsync(_stream, _ => { }, o => o.Window = 16);
        using var lags = new MetricCollector<long>(producer.Services.GetRequiredService<IMeterFactory>(), StreamxSources.MeterName, StreamxInstruments.ConsumerLag);
        var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);

        for (var value = 1; value <= 16; value++) await writer.PutAsync(value).AsTask().WithinAsync();
        lags.RecordObservableInstruments();

        var lag = Assert.Single(lags.GetMeasurementSnapshot());
        Assert.Equal(16, lag.Value);
        Assert.Equal(("a", _stream.Name), (lag.Tags[StreamxTags.ConsumerName], lag.Tags[StreamxTags.StreamName]));
    }

    [Fact]
    public async Task Confirm_EachValue_IsMeasuredOnce()
    {
        var taken = new Taken();
        await using var all = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => taken.Add(value)));
        using var confirms = new MetricCollector<double>(
            all.Services.GetRequiredService<IMeterFactory>(), StreamxRabbitMqTelemetry.MeterName, StreamxRabbitMqTelemetry.ConfirmDuration);
        var writer = all.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);

        for (var value = 1; value <= 5; value++) await writer.PutAsync(value).AsTask().WithinAsync();

        var measured = confirms.GetMeasurementSnapshot();
        Assert.Equal(5, measured.Count);
        Assert.All(measured, confirm =>
        {
            Assert.InRange(confirm.Value, double.Epsilon, 60);
            Assert.Equal([(StreamxTags.StreamName, _stream.Name)], confirm.Tags.Select(tag => (tag.Key, (string)tag.Value!)));
        });
    }

    [Fact]
    public async Task Reconnects_ConnectionsCut_AreCountedForEachWorker()
    {
        var taken = new Taken();
        await using var all = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => taken.Add(value)));
        using var reconnects = new MetricCollector<long>(
            all.Services.GetRequiredService<IMeterFactory>(), StreamxRabbitMqTelemetry.MeterName, StreamxRabbitMqTelemetry.Reconnects);
        var writer = all.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
        await writer.PutAsync(1).AsTask().WithinAsync();

        await broker.Node.CloseConnectionsAsync(_stream.Name);

        // One of them may be cut off twice before the other is back.
        for (var count = 2; Reconnected().Count < 2; count++) await reconnects.WaitForMeasurementsAsync(count).WithinAsync();
        Assert.Equal([("consumer", "a"), ("producer", null)], Reconnected().Order());

        HashSet<(string Role, string? Consumer)> Reconnected() =>
            [.. reconnects.GetMeasurementSnapshot().Select(one => ((string)one.Tags[StreamxTags.WorkerRole]!, (string?)one.Tags.GetValueOrDefault(StreamxTags.ConsumerName)))];
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();
}
