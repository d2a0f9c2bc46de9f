using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

public abstract class ProbeTests(WorkerProgram program) : ProgramTests(program)
{
    public sealed class Managed() : ProbeTests(WorkerProgram.Managed);

    [Trait("Length", "long")]
    public sealed class Native() : ProbeTests(WorkerProgram.Native);

    [Fact]
    public async Task Probes_ConsumerStalls_ReadyNamesIt_LiveStaysHealthy()
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, ["--input", "-", "--slow", "Journal=3600000", "--set", "Streamx:events:Consumers:Journal:StallAfter=00:00:00.300"]);
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
        // Alerts keeps the drain from ending; Summary tells how far it has come.
        string[] talkative = ["--slow", "Summary=100", "--set", "WorkerDemo:SummarySeconds=0.1"];
        using var worker = Start(folder, ["--input", folder.Lines(1000), "--slow", "Alerts=3600000", .. talkative]);
        using var client = await ProbeClient.ConnectAsync(worker);

        await worker.WaitForLineAsync(line => WorkerProcess.EventsShown(line) > 0);
        await worker.TerminateAsync();
        var ready = await client.UntilAsync("ready", 503, "Unhealthy");
        // Meanwhile a web server that did not wait for the drain would have stopped.
        await worker.WaitForLineAsync(line => WorkerProcess.EventsShown(line) == 16);
        var (live, startup) = (await client.GetAsync("live"), await client.GetAsync("startup"));

        Assert.StartsWith("Unhealthy\nThe host is stopping, or has stopped.\nevents: ", ready, StringComparison.Ordinal);
        Assert.Equal((200, 200), (live.Code, startup.Code));
        Assert.Equal(503, (await client.GetAsync("ready")).Code);
    }
}
