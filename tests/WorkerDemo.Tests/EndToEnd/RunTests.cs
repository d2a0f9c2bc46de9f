using System.Text.Json;
using System.Text.RegularExpressions;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

public abstract class RunTests(WorkerProgram program) : ProgramTests(program)
{
    /// <summary>The lines that a journal of the first n lines holds.</summary>
    private static IEnumerable<string> FirstLines(int n) => Enumerable.Range(1, n).Select(i => $"{i}");

    public sealed class Managed() : RunTests(WorkerProgram.Managed);

    [Trait("Length", "long")]
    public sealed class Native() : RunTests(WorkerProgram.Native);

    [Fact]
    public async Task Processes_ForThreeSeconds_AreAllJournaled_InLinesWithoutTrailingSpaces()
    {
        using var folder = new TempFolder();

        var result = await RunAsync(folder, "--duration", "3", "--set", "WorkerDemo:SummarySeconds=1");

        result.AssertExitCode(0);
        Assert.Equal("Drained", result.Outcome);
        result.AssertFinishedAll("Journal", "Alerts", "Summary");
        Assert.InRange(result.Accepted, 1, int.MaxValue);
        Assert.Equal(result.Accepted, folder.Messages().Count);
        Assert.Contains(result.Output, line => Regex.IsMatch(line, @" INF \d+ events of \d+ processes; busiest: .+ CPU \d+ %, \d+ MB"));
        Assert.Contains(result.Output, line => Regex.IsMatch(line, @" INF Stream events: [\d.]+ values/s; (no backpressure|puts wait [\d.]+ % of the time, for )"));
        Assert.All(result.Output, line => Assert.Equal(line.TrimEnd(), line));
    }

    [Fact]
    public async Task Slow_Journal_IsTheOneWaitedFor_OnTheConsole_OnThePage_AndInTheReport()
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, "--slow", "Journal=50");
        var serving = await worker.WaitForLineAsync(line => line.Contains("Watch the streams at ", StringComparison.Ordinal));
        using var client = new HttpClient { Timeout = WorkerProcess.Limit };
        var page = Regex.Match(serving, @"http://127\.0\.0\.1:\d+/streamx").Value;

        var html = await client.GetStringAsync(new Uri(page));
        var data = "";
        // What makes it so has no other way to tell.
        while (!data.Contains("\"waitingFor\":[\"Journal\"]", StringComparison.Ordinal)) data = await client.GetStringAsync(new Uri($"{page}/api/streams"));
        await worker.WaitForLineAsync(line => line.Contains(" of the time, for Journal (", StringComparison.Ordinal));
        await worker.TerminateAsync();
        var result = await worker.WaitForExitAsync();

        Assert.Contains("main.js", html, StringComparison.Ordinal);
        Assert.Contains("\"application\":\"WorkerDemo\"", data, StringComparison.Ordinal);
        result.AssertExitCode(0);
        Assert.True(result.Consumer("Journal").WaitedFor > 10 * (result.Consumer("Alerts").WaitedFor + result.Consumer("Summary").WaitedFor));
    }

    [Fact]
    public async Task Slow_AlertsWithEightSlots_HasEightValuesInHand_OnThePage()
    {
        using var folder = new TempFolder();
        // No value ends, so whatever is in hand stays there.
        using var worker = Start(
            folder, "--input", folder.Lines(1000), "--slow", "Alerts=3600000", "--set", "Streamx:events:Consumers:Alerts:Concurrency=8");
        var serving = await worker.WaitForLineAsync(line => line.Contains("Watch the streams at ", StringComparison.Ordinal));
        using var client = new HttpClient { Timeout = WorkerProcess.Limit };
        var api = new Uri($"{Regex.Match(serving, @"http://127\.0\.0\.1:\d+/streamx").Value}/api/streams");

        JsonElement alerts;
        // What makes it so has no other way to tell.
        do alerts = await AlertsAsync();
        while (alerts.GetProperty("slotsBusy").GetInt32() < 8);

        Assert.Equal((8, 8), (alerts.GetProperty("slotsBusy").GetInt32(), alerts.GetProperty("concurrency").GetInt32()));
        Assert.Equal(0, alerts.GetProperty("finished").GetInt32());

        async Task<JsonElement> AlertsAsync()
        {
            using var page = JsonDocument.Parse(await client.GetStringAsync(api));
            return page.RootElement.GetProperty("streams")[0].GetProperty("consumers").EnumerateArray()
                .Single(consumer => consumer.GetProperty("name").GetString() == "Alerts").Clone();
        }
    }

    [Fact]
    public async Task StandardInput_ManyLines_AreAllJournaledInOrder()
    {
        const int Count = 50_000;
        using var folder = new TempFolder();
        using var worker = Start(folder, "--input", "-");

        foreach (var line in FirstLines(Count)) await worker.Input.WriteLineAsync(line).WaitAsync(WorkerProcess.Limit);
        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(0);
        Assert.Equal(Count, result.Accepted);
        result.AssertFinishedAll("Journal", "Alerts", "Summary");
        Assert.Equal(FirstLines(Count), folder.Messages());
    }

    [Fact]
    public async Task Producer_ThatFails_EndsWithOne()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads /proc.");
        using var folder = new TempFolder();

        // A file whose first byte cannot be read.
        var result = await RunAsync(folder, "--input", "/proc/self/mem");

        result.AssertExitCode(1);
        Assert.Equal(("Faulted", 0), (result.Outcome, result.Accepted));
    }

    [Fact]
    public async Task Journal_ThatFails_EndsWithOneAfterDeliveryToTheOthers()
    {
        using var folder = new TempFolder();
        using var worker = Start(
            folder, "--input", "-", "--set", "WorkerDemo:SummarySeconds=0.1", "--set", "Streamx:events:Consumers:Journal:Retry:MaxAttempts=0");
        await WriteAsync(folder, worker, 500);

        folder.BreakJournal();
        await worker.Input.WriteLineAsync("501");
        await worker.Input.FlushAsync();
        // It fails by itself: its input is still open.
        var result = await worker.WaitForExitAsync(closeInput: false);

        result.AssertExitCode(1);
        Assert.Equal(("Faulted", 501), (result.Outcome, result.Accepted));
        result.AssertFinishedAll("Alerts", "Summary");
        Assert.Equal((500, 1), (result.Consumer("Journal").Finished, result.Consumer("Journal").Aborted));
        folder.MendJournal();
        Assert.Equal(FirstLines(500), folder.Messages());
    }

    [Fact]
    public async Task Journal_ThatFailsForAWhile_IsTriedAgainAndLosesNothing()
    {
        using var folder = new TempFolder();
        using var worker = Start(
            folder, "--input", "-", "--set", "WorkerDemo:SummarySeconds=0.1", "--set", "Streamx:events:Consumers:Journal:Retry:MaxAttempts=100000");
        await WriteAsync(folder, worker, 500);

        folder.BreakJournal();
        await worker.Input.WriteLineAsync("501");
        await worker.Input.FlushAsync();
        await worker.WaitForLineAsync(line => line.Contains("tries again", StringComparison.Ordinal));
        folder.MendJournal();
        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(0);
        result.AssertFinishedAll("Journal", "Alerts", "Summary");
        Assert.Equal(FirstLines(501), folder.Messages());
    }

    /// <summary>Has so many lines read and journaled.</summary>
    private static async Task WriteAsync(TempFolder folder, WorkerProcess worker, int count)
    {
        for (var i = 1; i <= count; i++) await worker.Input.WriteLineAsync($"{i}");
        await worker.Input.FlushAsync();
        await worker.WaitForLineAsync(line => WorkerProcess.EventsShown(line) == count);
        // The journal's last batch waits for more of them; nothing tells when it is written.
        while (folder.Messages().Count < count) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
    }
}
