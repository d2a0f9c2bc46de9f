using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Streamx.Hosting.OpenTelemetry.Tests.Support;

namespace Streamx.Hosting.OpenTelemetry.Tests;

/// <summary>A host's streams, through the real SDK.</summary>
public sealed class HostTests : IDisposable
{
    /// <summary>The instruments that have something to tell of a run in which nothing fails, and their units.</summary>
    private static readonly (string, string)[] s_instruments =
    [
        (StreamxInstruments.BackpressureMarginalTime, "s"),
        (StreamxInstruments.BackpressureWaitDuration, "s"),
        (StreamxInstruments.ConsumerActive, "{consumer}"),
        (StreamxInstruments.ConsumerConcurrency, "{slot}"),
        (StreamxInstruments.ConsumerItemAge, "s"),
        (StreamxInstruments.ConsumerItems, "{item}"),
        (StreamxInstruments.ConsumerLag, "{item}"),
        (StreamxInstruments.ConsumerProcessDuration, "s"),
        (StreamxInstruments.ConsumerTime, "s"),
        (StreamxInstruments.ProducerActive, "{producer}"),
        (StreamxInstruments.ProducerTime, "s"),
        (StreamxInstruments.StreamCloseDuration, "s"),
        (StreamxInstruments.StreamStatus, "1"),
        (StreamxInstruments.StreamUndelivered, "{item}"),
    ];

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly MetricRecorder _metrics = new();
    private readonly ActivityRecorder _activities = new();

    [Fact]
    public async Task Run_WithoutFailure_ExportsEveryInstrumentAndActivity()
    {
        using var meters = Sdk.CreateMeterProviderBuilder().AddStreamxInstrumentation().AddReader(new BaseExportingMetricReader(_metrics)).Build();
        using var traces = Sdk.CreateTracerProviderBuilder().AddStreamxInstrumentation().AddProcessor(new SimpleActivityExportProcessor(_activities)).Build();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddStreamx<int>("run")
            .AddProducer("feed", async (stream, stoppingToken) =>
            {
                for (var i = 1; i <= 10; i++) await stream.PutAsync(i, stoppingToken);
            })
            .AddConsumer("one", (_, _) => default)
            .AddConsumer("two", (_, _) => default);
        using var host = builder.Build();

        await host.StartAsync().WaitAsync(s_limit);
        await host.Services.GetRequiredKeyedService<AsyncStream<int>>("run").Completion.WaitAsync(s_limit);
        await host.StopAsync().WaitAsync(s_limit);
        // Before the host, and its meter, are disposed: afterwards there is nobody left to be asked.
        meters.ForceFlush();

        var points = _metrics.Points.Where(point => Equals(point.Tags.GetValueOrDefault(StreamxTags.StreamName), "run")).ToList();
        Assert.Equal(s_instruments, points.Select(point => (point.Name, point.Unit)).Distinct().Order());
        Assert.All(points, point => Assert.Equal(StreamxSources.MeterName, point.Meter));
        Assert.Equal(
            ["one finished 10", "two finished 10"],
            points.Where(point => point.Name == StreamxInstruments.ConsumerItems && point.Value > 0)
                .Select(point => $"{point.Tags[StreamxTags.ConsumerName]} {point.Tags[StreamxTags.ItemOutcome]} {point.Value}").Order());
        Assert.Equal("closed", Assert.Single(points, point => point.Name == StreamxInstruments.StreamStatus && point.Value > 0).Tags[StreamxTags.StreamState]);
        // The SDK's own buckets begin at 5 seconds.
        Assert.All(points.Where(point => point.Name == StreamxInstruments.BackpressureWaitDuration), point => Assert.Equal((.0001, 60, 17), (point.Bounds[0], point.Bounds[^1], point.Bounds.Count)));

        var puts = _activities.Activities.Where(activity => activity.DisplayName == "put run").ToDictionary(activity => activity.SpanId);
        var processed = _activities.Activities.Where(activity => activity.OperationName == "process run").ToList();
        Assert.Equal((10, 20), (puts.Count, processed.Count));
        Assert.Equal(["process run:one", "process run:two"], processed.Select(process => process.DisplayName).Distinct().Order());
        Assert.All(puts.Values, put => Assert.Equal((ActivityKind.Producer, default), (put.Kind, put.ParentSpanId)));
        Assert.All(processed, process => Assert.Equal((ActivityKind.Consumer, true), (process.Kind, puts.ContainsKey(process.ParentSpanId))));
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _activities.Dispose();
    }
}
