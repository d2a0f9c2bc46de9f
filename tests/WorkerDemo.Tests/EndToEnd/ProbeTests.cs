using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

public abstract class ProbeTests(WorkerProgram program) : ProgramTests(program)
{
    /// <summary>Any free port, of this machine alone.</summary>
    private static readonly string[] s_serving = ["--urls", "http://127.0.0.1:0"];

    public sealed class Managed() : ProbeTests(WorkerProgram.Managed);

    public sealed class Native() : ProbeTests(WorkerProgram.Native);

    [Fact]
    public async Task Worker_WithoutAnAddress_OpensNoPort()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Looks into /proc.");
        using var folder = new TempFolder();
        using var plain = Start(folder, "--input", "-");
        using var serving = Start(folder, ["--input", "-", .. s_serving]);
        using var client = await ProbeClient.ConnectAsync(serving);

        await plain.WaitForLineAsync(line => line.Contains("starts with window", StringComparison.Ordinal));
        await plain.Input.WriteLineAsync("one");
        await plain.Input.FlushAsync();
        await plain.WaitForLineAsync(line => line.StartsWith("1 events", StringComparison.Ordinal));
        var (plainPorts, servingPorts) = (ListeningPorts.Of(plain.Id), ListeningPorts.Of(serving.Id));

        Assert.Equal(0, plainPorts);
        Assert.Equal(1, servingPorts);
        var result = await plain.WaitForExitAsync();
        result.AssertExitCode(0);
        Assert.DoesNotContain(result.Output, line => line.Contains("Serves", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:0")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "0")]
    [InlineData("HTTP_PORTS", "0")]
    public async Task Worker_WithAnAddressInTheEnvironment_Serves(string variable, string value)
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, new() { [variable] = value }, ["--input", "-", "--database", "events.db"]);

        await worker.WaitForLineAsync(line => line.Contains("Serves /healthz/startup", StringComparison.Ordinal));
        (await worker.WaitForExitAsync()).AssertExitCode(0);
    }

    [Fact]
    public async Task Environment_PortThatIsNone_IsRefusedInOneLine()
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, new() { ["HTTP_PORTS"] = "http" }, ["--database", "events.db"]);

        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(2);
        Assert.Contains("HTTP_PORTS 'http' is not a port", Assert.Single(result.Error), StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task Probes_ConsumerStalls_ReadyNamesIt_LiveStaysHealthy()
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, ["--input", "-", "--stall", "Journal=600", "--set", "Streamx:events:Consumers:Journal:StallAfter=00:00:00.300", .. s_serving]);
        using var client = await ProbeClient.ConnectAsync(worker);

        var startup = await client.UntilAsync("startup", 200, "Healthy");
        var ready = await client.GetAsync("ready");
        await worker.Input.WriteLineAsync("one");
        await worker.Input.FlushAsync();
        var stalled = await client.UntilAsync("ready", 200, "Degraded");
        var live = await client.GetAsync("live");

        Assert.StartsWith("Healthy\nEvery consumer has been attached, and every worker started.\nevents: Open,", startup, StringComparison.Ordinal);
        Assert.Equal((200, "Healthy\nThe streams are open.\nevents: Open, 0 values put. Producers: LineReader Running. Consumers: Journal Idle, Alerts Idle, Summary Idle.\n"), ready);
        Assert.StartsWith("Degraded\nConsumer 'Journal' of stream 'events' has held one value for ", stalled, StringComparison.Ordinal);
        Assert.Contains("(stalled), Alerts", stalled, StringComparison.Ordinal);
        Assert.Equal(200, live.Code);
        Assert.StartsWith("Healthy", live.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terminate_WhileItDrains_IsAliveButNotReady()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using var folder = new TempFolder();
        using var worker = Start(folder, ["--input", folder.Lines(1000), "--stuck", "Alerts", .. s_serving]);
        using var client = await ProbeClient.ConnectAsync(worker);

        await worker.TerminateAsync();
        var ready = await client.UntilAsync("ready", 503, "Unhealthy");
        var (live, startup) = (await client.GetAsync("live"), await client.GetAsync("startup"));

        Assert.StartsWith("Unhealthy\nThe host is stopping, or has stopped.\nevents: ", ready, StringComparison.Ordinal);
        Assert.Equal((200, 200), (live.Code, startup.Code));
    }

    [Fact]
    public async Task Terminate_WhileServing_DrainsInTime()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using var folder = new TempFolder();
        using var worker = Start(folder, ["--input", folder.Lines(200_000), "--slow", "Journal=20", .. s_serving]);
        // Keeps its connection, as probes and scrapers do.
        using var client = await ProbeClient.ConnectAsync(worker);
        await client.UntilAsync("ready", 200, "puts wait");

        await worker.TerminateAsync();
        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(0);
        Assert.Equal("Drained", result.Outcome);
        result.AssertFinishedAll("Journal", "Alerts", "Summary");
        Assert.Equal(Enumerable.Range(1, result.Accepted).Select(i => $"{i}"), folder.Messages());
        // A web server that had used up the shutdown timeout would have left the drain none.
        Assert.True(result.DrainTime < TimeSpan.FromSeconds(20), $"{result.DrainTime}");
    }
}
