using System.Text.RegularExpressions;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Grafana;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.EndToEnd;

/// <summary>That the first number of the dashboard is what somebody with a stopwatch would say.</summary>
[Collection(typeof(AloneCollection))]
public partial class StopwatchTests
{
    [Fact]
    public async Task Blocked_ProducerWithAStopwatch_AgreesWithinFivePercent()
    {
        using var bridge = await OtlpBridge.StartAsync();
        using var prometheus = await PrometheusServer.StartAsync(bridge);
        using var metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("timed", serviceInstanceId: "timed-1"))
            .AddStreamxInstrumentation()
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                exporter.Endpoint = new Uri(bridge.Address, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = 500;
            })
            .Build();
        var producer = new TimedProducer();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddStreamx<int>("timed", stream =>
            {
                stream.StopHostWhenCompleted = true;
                stream.AllowSynchronousContinuations = true; // or the stopwatch also measures how busy the thread pool is
            })
            .AddProducer("Feed", producer.ProduceAsync)
            .AddConsumer("Ledger", async (_, abortToken) => await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, abortToken));
        using var host = builder.Build();

        await host.StartAsync();
        await host.WaitForShutdownAsync();
        Assert.True(metrics.ForceFlush((int)Command.Limit.TotalMilliseconds));
        // The scrape after the next one begins when Prometheus has what the next one brought.
        await bridge.NextScrapeAsync();
        await bridge.NextScrapeAsync();
        // The panel's query over all of the time: a rate would lack what was before the first scrape.
        var query = Rate().Replace(GrafanaDashboard.Load().Panels.Single(panel => panel.Title == "Blocked").Queries[0].Expression, "${counter}");
        var blocked = Assert.Single(await prometheus.QueryAsync(MonitoredWorkers.Fill(query))).Value;

        Assert.DoesNotContain("rate", query, StringComparison.Ordinal);
        Assert.InRange(producer.Blocked, 0.3, 0.9);
        Assert.InRange(blocked / producer.Blocked, 0.95, 1.05);
    }

    [GeneratedRegex(@"rate\((?<counter>[^\[]+)\[\$__rate_interval\]\)")]
    private static partial Regex Rate();
}
