using System.Net;
using System.Net.Sockets;
using WorkerDemo.Tests.Otlp;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

public abstract class ExportTests(WorkerProgram program) : ProgramTests(program)
{
    public sealed class Managed() : ExportTests(WorkerProgram.Managed);

    [Trait("Length", "long")]
    public sealed class Native() : ExportTests(WorkerProgram.Native);

    [Fact]
    public async Task Export_OverHttp_CarriesTheResourceOfTheEnvironment()
    {
        using var folder = new TempFolder();
        await using var collector = await OtlpCollector.StartAsync();
        var environment = collector.Environment;
        environment["OTEL_SERVICE_NAME"] = "watcher";
        environment["OTEL_RESOURCE_ATTRIBUTES"] = "service.instance.id=pod-1,service.namespace=demo";
        using var worker = Start(folder, environment, ["--input", folder.Lines(500), "--database", "events.db"]);

        (await worker.WaitForExitAsync()).AssertExitCode(0);
        var (metrics, spans, logs, refused) = collector.Taken;

        Assert.Empty(refused);
        Assert.NotEmpty(metrics);
        Assert.NotEmpty(spans);
        Assert.NotEmpty(logs);
        var resources = metrics.Select(metric => metric.Resource).Concat(spans.Select(span => span.Resource)).Concat(logs.Select(log => log.Resource));
        Assert.All(resources, resource => Assert.Equal(
            ("watcher", "pod-1", "demo", "0.1.0"), (resource["service.name"], resource["service.instance.id"], resource["service.namespace"], resource["service.version"])));
        Assert.All(metrics.Where(metric => metric.Data.Kind != "gauge"), metric => Assert.Equal("cumulative", metric.Data.Temporality));
        var collections = Assert.Single(metrics, metric => metric.Name == "dotnet.gc.collections");
        Assert.Equal(("System.Runtime", "{collection}", new OtlpData("sum", "cumulative", true)), (collections.Scope, collections.Unit, collections.Data));
    }

    [Theory]
    [InlineData(null, "WorkerDemo", "0.1.0")]
    [InlineData("service.name=of-the-attributes,service.version=9.9", "of-the-attributes", "9.9")]
    public async Task Export_NoServiceNameInTheEnvironment_HasThatOfTheApplication(string? attributes, string name, string version)
    {
        using var folder = new TempFolder();
        await using var collector = await OtlpCollector.StartAsync();
        var environment = collector.Environment;
        if (attributes is not null) environment["OTEL_RESOURCE_ATTRIBUTES"] = attributes;
        using var worker = Start(folder, environment, ["--input", folder.Lines(1), "--database", "events.db"]);

        (await worker.WaitForExitAsync()).AssertExitCode(0);
        var (metrics, spans, logs, _) = collector.Taken;

        var resources = metrics.Select(metric => metric.Resource).Concat(spans.Select(span => span.Resource)).Concat(logs.Select(log => log.Resource));
        Assert.All(resources, resource => Assert.Equal((name, version), (resource["service.name"], resource["service.version"])));
    }

    [Fact]
    public async Task Export_NoEndpoint_IsOff()
    {
        using var folder = new TempFolder();
        await using var collector = await OtlpCollector.StartAsync();
        var environment = collector.Environment;
        // For one kind of export only: the sample goes by the general setting.
        environment["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = environment["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/metrics";
        environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        using var worker = Start(folder, environment, ["--input", folder.Lines(10), "--database", "events.db"]);

        (await worker.WaitForExitAsync()).AssertExitCode(0);

        Assert.Empty(collector.Taken.Metrics);
        Assert.Empty(collector.Taken.Logs);
        Assert.Empty(collector.Taken.Refused);
    }

    [Theory]
    [InlineData("http/protobuf", false)]
    [InlineData("grpc", true)]
    public async Task Terminate_CollectorUnreachable_DeliversTheTailWithinTheGracePeriod(string protocol, bool accepts)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using var folder = new TempFolder();
        // Connections are accepted by the system, and never answered. Or, once the port is closed, refused.
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        var port = ((IPEndPoint)collector.LocalEndpoint).Port;
        if (!accepts) collector.Stop();
        // As the Kubernetes files have it.
        var environment = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{port}",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
            ["OTEL_EXPORTER_OTLP_TIMEOUT"] = "2000",
            ["DOTNET_shutdownTimeoutSeconds"] = "25",
        };
        var gracePeriod = TimeSpan.FromSeconds(45);
        using var worker = Start(
            folder, environment, ["--input", folder.Lines(200_000), "--slow", "Journal=20", "--database", "events.db", "--set", "WorkerDemo:SummarySeconds=0.1"]);
        await worker.WaitForLineAsync(line => WorkerProcess.EventsShown(line) > 16);

        await worker.TerminateAsync();
        var result = await worker.WaitForExitAsync().WaitAsync(gracePeriod);

        result.AssertExitCode(0);
        Assert.Equal("Drained", result.Outcome);
        result.AssertFinishedAll("Journal", "Alerts", "Summary");
        Assert.Contains(result.Output, line => line.Contains("Stream events ended: Drained", StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(1, result.Accepted).Select(i => $"{i}"), folder.Messages());
    }
}
