using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

public abstract class SignalTests : ProgramTests
{
    /// <summary>Has the summary say how far the run has come, often.</summary>
    private static readonly string[] s_talkative = ["--set", "WorkerDemo:SummarySeconds=0.1"];

    protected SignalTests(WorkerProgram program)
        : base(program) => Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");

    public sealed class Managed() : SignalTests(WorkerProgram.Managed);

    [Trait("Length", "long")]
    public sealed class Native() : SignalTests(WorkerProgram.Native);

    [Fact]
    public async Task Terminate_WhileTheJournalIsSlow_KeepsExactlyWhatWasAccepted()
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, ["--input", folder.Lines(200_000), "--slow", "Journal=20", .. s_talkative]);

        // Keeps its connection, as probes and scrapers do.
        using var client = await ProbeClient.ConnectAsync(worker);
        await client.UntilAsync("ready", 200, "Healthy");
        // Beyond the first window, so the journal has finished a batch and is in the middle of another.
        await worker.WaitForLineAsync(line => WorkerProcess.EventsShown(line) > 16);
        await worker.TerminateAsync();
        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(0);
        Assert.Equal("Drained", result.Outcome);
        Assert.InRange(result.Accepted, 17, 199_999);
        result.AssertFinishedAll("Journal", "Alerts", "Summary");
        Assert.Equal(Enumerable.Range(1, result.Accepted).Select(i => $"{i}"), folder.Messages());
        // A web server that had used up the shutdown timeout would have left the drain none.
        Assert.True(result.DrainTime < TimeSpan.FromSeconds(20), $"{result.DrainTime}");
    }

    [Fact]
    public async Task Terminate_WhileStandardInputIsSilent_EndsAtOnce()
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, ["--input", "-", .. s_talkative]);
        await worker.Input.WriteLineAsync("only");
        await worker.Input.FlushAsync();

        await worker.WaitForLineAsync(line => WorkerProcess.EventsShown(line) == 1);
        await worker.TerminateAsync();
        var result = await worker.WaitForExitAsync(closeInput: false);

        result.AssertExitCode(0);
        Assert.Equal(["only"], folder.Messages());
        // A read that could not be abandoned would take half the shutdown timeout: 14 s.
        Assert.True(result.DrainTime < TimeSpan.FromSeconds(10), $"{result.DrainTime}");
    }

    [Fact]
    public async Task Terminate_WhileAConsumerIsStuck_EndsWithThreeAndNamesIt()
    {
        using var folder = new TempFolder();
        var timeout = TimeSpan.FromSeconds(6);
        using var worker = Start(
            folder,
            new() { ["DOTNET_shutdownTimeoutSeconds"] = $"{timeout.TotalSeconds}" },
            ["--input", folder.Lines(1000), "--slow", "Alerts=3600000", "--database", "events.db", .. s_talkative]);

        await worker.WaitForLineAsync(line => WorkerProcess.EventsShown(line) == 16);
        await worker.TerminateAsync();
        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(3);
        Assert.Equal(("Aborted", 16), (result.Outcome, result.Accepted));
        Assert.True(result.DrainTime < timeout, $"{result.DrainTime}");
        Assert.Contains(result.Output, line => line.Contains("Not finished: Alerts.", StringComparison.Ordinal));
        result.AssertFinishedAll("Journal", "Summary");
        var (finished, _, _, aborted, undelivered, _) = result.Consumer("Alerts");
        Assert.Equal((0, 1, 15), (finished, aborted, undelivered));
        Assert.Equal(16, folder.Messages().Count);
    }

    [Fact]
    public async Task Abort_OfASlowJournal_KeepsWhatItFinished()
    {
        using var folder = new TempFolder();
        using var worker = Start(
            folder,
            new() { ["Streamx__events__DrainTimeout"] = "00:00:00.500" },
            ["--input", folder.Lines(1000), "--slow", "Journal=100", "--database", "events.db", .. s_talkative]);

        await worker.WaitForLineAsync(line => WorkerProcess.EventsShown(line) > 16);
        await worker.TerminateAsync();
        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(3);
        var (finished, _, _, aborted, undelivered, _) = result.Consumer("Journal");
        Assert.Equal(result.Accepted, finished + aborted + undelivered);
        Assert.InRange(aborted + undelivered, 1, 16);
        // A batch that was committed in the very moment of the abort is in the journal, though it does not count as finished.
        var messages = folder.Messages();
        Assert.Contains(messages.Count, (int[])[finished, finished + aborted]);
        Assert.Equal(Enumerable.Range(1, messages.Count).Select(i => $"{i}"), messages);
    }
}
