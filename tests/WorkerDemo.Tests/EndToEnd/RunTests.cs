using System.Text.Json;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

public abstract class RunTests(WorkerProgram program) : ProgramTests(program)
{
    /// <summary>The lines that a journal of the first n lines holds.</summary>
    private static IEnumerable<string> FirstLines(int n) => Enumerable.Range(1, n).Select(i => $"{i}");

    public sealed class Managed() : RunTests(WorkerProgram.Managed);

    public sealed class Native() : RunTests(WorkerProgram.Native);

    [Fact]
    public async Task Processes_ForFiveSeconds_AreAllJournaled()
    {
        using var folder = new TempFolder();

        var result = await RunAsync(folder, "--duration", "5");

        result.AssertExitCode(0);
        Assert.Equal("Drained", result.Outcome);
        result.AssertFinishedAll("Journal", "Alerts", "Summary");
        Assert.InRange(result.Accepted, 1, int.MaxValue);
        Assert.Equal(result.Accepted, folder.Messages().Count);
        Assert.Contains(result.Output, line => line.TrimStart().StartsWith("busiest process", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StandardInput_TwoHundredThousandLines_AreAllJournaledInOrder()
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, "--input", "-");

        foreach (var line in FirstLines(200_000)) await worker.Input.WriteLineAsync(line).WaitAsync(WorkerProcess.Limit);
        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(0);
        Assert.Equal(200_000, result.Accepted);
        result.AssertFinishedAll("Journal", "Alerts", "Summary");
        Assert.Equal(FirstLines(200_000), folder.Messages());
    }

    [Fact]
    public async Task File_WithoutFinalLineEnd_IsReadWhole()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("input.txt"), "one\r\ntwo\n\nfour");

        var result = await RunAsync(folder, "--input", "input.txt");

        result.AssertExitCode(0);
        Assert.Equal(["one", "two", "", "four"], folder.Messages());
    }

    [Fact]
    public async Task Journal_OfAnEarlierRun_IsAppendedTo()
    {
        using var folder = new TempFolder();
        var input = folder.Lines(3);

        (await RunAsync(folder, "--input", input)).AssertExitCode(0);
        (await RunAsync(folder, "--input", input)).AssertExitCode(0);

        Assert.Equal(["1", "2", "3", "1", "2", "3"], folder.Messages());
    }

    [Fact]
    public async Task Slow_OneConsumer_IsTheOneWaitedFor()
    {
        using var folder = new TempFolder();

        var result = await RunAsync(folder, "--input", folder.Lines(300), "--slow", "Alerts=3");

        result.AssertExitCode(0);
        Assert.True(result.Consumer("Alerts").WaitedFor > result.Consumer("Journal").WaitedFor + result.Consumer("Summary").WaitedFor);
    }

    [Fact]
    public async Task Stall_OneConsumer_IsWaitedForThatLong_AndLosesNothing()
    {
        using var folder = new TempFolder();

        var result = await RunAsync(folder, "--input", folder.Lines(2000), "--stall", "Alerts=1.5");

        result.AssertExitCode(0);
        result.AssertFinishedAll("Journal", "Alerts", "Summary");
        // The window fills up while it is held; from then on it is waited for.
        Assert.InRange(result.Consumer("Alerts").WaitedFor, 0.5, double.MaxValue);
        Assert.Equal(FirstLines(2000), folder.Messages());
    }

    [Fact]
    public async Task Producer_ThatThrows_EndsWithOneAfterDelivery()
    {
        using var folder = new TempFolder();

        var result = await RunAsync(folder, "--input", folder.Lines(2000), "--fail", "LineReader=501");

        result.AssertExitCode(1);
        Assert.Equal(("Faulted", 500), (result.Outcome, result.Accepted));
        result.AssertFinishedAll("Journal", "Alerts", "Summary");
        Assert.Equal(FirstLines(500), folder.Messages());
    }

    [Fact]
    public async Task Consumer_ThatThrows_EndsWithOneAfterDeliveryToTheOthers()
    {
        using var folder = new TempFolder();

        var result = await RunAsync(folder, "--input", folder.Lines(2000), "--fail", "Alerts=501");

        result.AssertExitCode(1);
        Assert.Equal("Faulted", result.Outcome);
        Assert.InRange(result.Accepted, 501, 628);
        result.AssertFinishedAll("Journal", "Summary");
        Assert.Equal((500, 1), (result.Consumer("Alerts").Finished, result.Consumer("Alerts").Aborted));
        Assert.Equal(FirstLines(result.Accepted), folder.Messages());
    }

    [Fact]
    public async Task Consumer_ThatFailsNowAndThenWithRetries_LosesNothing()
    {
        using var folder = new TempFolder();

        var result = await RunAsync(
            folder, "--input", folder.Lines(20_000), "--fail", "Journal=0.1",
            "--set", "Streamx:events:Consumers:Journal:Retry:MaxAttempts=20", "--set", "Streamx:events:Consumers:Journal:Retry:Delay=00:00:00.001");

        result.AssertExitCode(0);
        Assert.Contains(result.Output, line => line.Contains("is tried again", StringComparison.Ordinal));
        result.AssertFinishedAll("Journal", "Alerts", "Summary");
        Assert.Equal(FirstLines(20_000), folder.Messages());
    }

    [Fact]
    public async Task Consumer_ThatFailsNowAndThenAndSkips_LeavesTheRestInTheDeadLetterFile()
    {
        using var folder = new TempFolder();

        var result = await RunAsync(
            folder, "--input", folder.Lines(20_000), "--fail", "Journal=0.1", "--dead-letters", "dead.jsonl",
            "--set", "Streamx:events:Consumers:Journal:Retry:MaxAttempts=0", "--set", "Streamx:events:Consumers:Journal:OnFailure=Skip");

        result.AssertExitCode(0);
        result.AssertFinishedAll("Alerts", "Summary");
        var journal = result.Consumer("Journal");
        var dead = (await File.ReadAllLinesAsync(folder.File("dead.jsonl")))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Value").GetProperty("Message").GetString()!).ToList();
        Assert.Equal((20_000, 0, 0), (journal.Finished + journal.DeadLettered, journal.Skipped, journal.Aborted));
        Assert.InRange(journal.DeadLettered, 1, 19_999);
        Assert.Equal(journal.DeadLettered, dead.Count);
        Assert.Equal(journal.Finished, folder.Messages().Count);
        Assert.Equal(FirstLines(20_000).Order(), folder.Messages().Concat(dead).Order());
    }

    [Fact]
    public async Task MatchingLines_ByTheThousand_AreNotAllLogged()
    {
        using var folder = new TempFolder();
        await File.WriteAllLinesAsync(folder.File("input.txt"), Enumerable.Repeat("an error", 20_000));

        var result = await RunAsync(folder, "--input", "input.txt", "--set", "WorkerDemo:Alerts:PerMinute=3");

        result.AssertExitCode(0);
        Assert.InRange(result.Output.Count(line => line.Contains("WRN LineMatch: line", StringComparison.Ordinal)), 3, 9);
        Assert.Contains(result.Output, line => line.Contains("more were not logged", StringComparison.Ordinal));
    }
}
