using System.Globalization;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Grafana;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.EndToEnd;

/// <summary>That a real Prometheus names who really holds a pipeline of three stages.</summary>
[Collection(typeof(AloneCollection))]
public class ChainTests
{
    [Fact]
    public async Task WhoReallyHoldsIt_LastOfThreeStagesIsSlow_IsThatConsumer()
    {
        using var bridge = await OtlpBridge.StartAsync();
        using var prometheus = await PrometheusServer.StartAsync(bridge);
        using var metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("chain", serviceInstanceId: "chain-1"))
            .AddStreamxInstrumentation()
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                exporter.Endpoint = new Uri(bridge.Address, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = 500;
            })
            .Build();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddStreamx<int>("orders")
            .AddProducer("Feed", async (orders, stoppingToken) =>
            {
                for (var order = 1; !stoppingToken.IsCancellationRequested; order++) await orders.PutAsync(order, stoppingToken);
            })
            .AddProcessor<long, Invoicing>();
        builder.Services.AddStreamx<long>("invoices").AddProcessor<string, Rendering>();
        builder.Services.AddStreamx<string>("letters")
            .AddConsumer("Mailer", async (_, abortToken) => await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, abortToken));
        using var host = builder.Build();
        await host.StartAsync();

        var really = await UntilAsync("Consumer that causes the wait", prometheus, bridge, samples => samples.Count == 3 && samples.Max(sample => sample.Value) > 0.9);
        var nearest = await UntilAsync("Consumer that holds the stream", prometheus, bridge, samples => samples.Count == 3);
        await host.StopAsync();

        Assert.Equal(("letters", "Mailer"), Name(really.MaxBy(sample => sample.Value)!));
        Assert.All(really.Where(sample => Name(sample).Consumer != "Mailer"), sample => Assert.InRange(sample.Value, 0, 0.1));
        // Without the chain each stage looks as if it were to blame.
        Assert.Equal(["Invoicing", "Mailer", "Rendering"], nearest.Where(sample => sample.Value > 0.9).Select(sample => Name(sample).Consumer).Order());
    }

    private static (string Stream, string Consumer) Name(Sample sample) => (sample.Labels["streamx_stream_name"], sample.Labels["streamx_backpressure_gated_by"]);

    private static async Task<IReadOnlyList<Sample>> UntilAsync(
        string panel, PrometheusServer prometheus, OtlpBridge bridge, Func<IReadOnlyList<Sample>, bool> condition)
    {
        var query = MonitoredWorkers.Fill(GrafanaDashboard.Load().Panels.Single(candidate => candidate.Title == panel).Queries[0].Expression);
        using var limit = new CancellationTokenSource(Command.Limit);
        while (true)
        {
            await bridge.NextScrapeAsync();
            var samples = await prometheus.QueryAsync(query);
            if (condition(samples)) return samples;
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    private sealed class Invoicing : IProcessor<int, long>
    {
        public Task ProcessAsync(int value, IStreamWriter<long> output, CancellationToken abortToken) => output.PutAsync(value, abortToken).AsTask();
    }

    private sealed class Rendering : IProcessor<long, string>
    {
        public Task ProcessAsync(long value, IStreamWriter<string> output, CancellationToken abortToken) =>
            output.PutAsync(value.ToString(CultureInfo.InvariantCulture), abortToken).AsTask();
    }
}
