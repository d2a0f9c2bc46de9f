using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Kubernetes;

/// <summary>The program with the settings of the in-process pod, and a collector that takes connections and never answers.</summary>
public sealed class ShutdownTests : IDisposable
{
    /// <summary>Has the summary say how far the run has come, often.</summary>
    private static readonly string[] s_talkative = ["--set", "WorkerDemo:SummarySeconds=0.1"];

    private readonly TempFolder _folder = new();

    /// <summary>Nobody accepts: the system completes connections, and nothing is ever read from them.</summary>
    private readonly TcpListener _collector = new(IPAddress.Loopback, 0);

    public ShutdownTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        _collector.Start();
    }

    public void Dispose()
    {
        _collector.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Terminate_WithASlowConsumer_DeliversTheTailWithinTheGracePeriod()
    {
        var (pod, environment) = await InProcessAsync();
        using var worker = WorkerProcess.Start(WorkerProgram.Managed, _folder, environment, ["--input", _folder.Lines(200_000), "--slow", "Journal=20", .. s_talkative]);

        await worker.WaitForLineAsync(line => WorkerProcess.EventsShown(line) > 16);
        var (result, elapsed) = await TerminateAsync(worker);

        result.AssertExitCode(0);
        Assert.Equal("Drained", result.Outcome);
        result.AssertFinishedAll("Journal", "Alerts", "Summary");
        Assert.Equal(result.Accepted, _folder.Messages("workerdemo.db").Count);
        Assert.True(elapsed < GraceBudget.Of(pod).Grace, $"{elapsed}");
    }

    [Fact]
    [Trait("Length", "long")]
    public async Task Terminate_WithAStuckConsumer_ReportsWithinTheGracePeriod()
    {
        var (pod, environment) = await InProcessAsync();
        using var worker = WorkerProcess.Start(WorkerProgram.Managed, _folder, environment, ["--input", _folder.Lines(1000), "--slow", "Alerts=3600000", .. s_talkative]);

        await worker.WaitForLineAsync(line => WorkerProcess.EventsShown(line) == 16);
        var (result, elapsed) = await TerminateAsync(worker);

        result.AssertExitCode(3);
        Assert.Equal("Aborted", result.Outcome);
        // The drain had the time that the pod gives it, and the report stands in the log before the pod is killed.
        Assert.True(result.DrainTime > GraceBudget.Of(pod).Drain / 2, $"{result.DrainTime}");
        Assert.True(elapsed < GraceBudget.Of(pod).Grace, $"{elapsed}");
    }

    /// <summary>The environment of the pod, with a folder of the test in the place of its volume.</summary>
    private async Task<(Pod Pod, Dictionary<string, string> Environment)> InProcessAsync()
    {
        var pod = Assert.Single((await Manifests.RenderOverlayAsync("in-process")).Pods);
        var environment = pod.Environment.ToDictionary(
            variable => variable.Key,
            variable => variable.Value.Replace("/data/", $"{_folder.Root}/", StringComparison.Ordinal));
        // A fixed port may be taken on the machine of a test.
        environment.Remove("HTTP_PORTS");
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{_collector.LocalEndpoint}";
        return (pod, environment);
    }

    private static async Task<(WorkerResult Result, TimeSpan Elapsed)> TerminateAsync(WorkerProcess worker)
    {
        var watch = Stopwatch.StartNew();
        await worker.TerminateAsync();
        var result = await worker.WaitForExitAsync();
        return (result, watch.Elapsed);
    }
}
