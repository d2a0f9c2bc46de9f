using System.Globalization;
using System.Text.RegularExpressions;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

/// <summary>The sample with its stream in a file.</summary>
public abstract class DurableTests(WorkerProgram program) : ProgramTests(program)
{
    private const int Window = 16;

    /// <summary>The file of stream and journal.</summary>
    private const string File = "stream.db";

    /// <summary>How often the worker is killed.</summary>
    private static readonly int s_kills = Read("STREAMX_KILLS", 3);

    /// <summary>How many lines it reads until the last start has read them all.</summary>
    private static readonly int s_lines = Read("STREAMX_LINES", 1600);

    /// <summary>Decides when the worker is killed.</summary>
    private static readonly int s_seed = Read("STREAMX_SEED", Random.Shared.Next());

    public sealed class Managed() : DurableTests(WorkerProgram.Managed);

    [Trait("Length", "long")]
    public sealed class Native() : DurableTests(WorkerProgram.Native);

    [Fact]
    public async Task All_Killed_GoesOnWithWhatWasPut()
    {
        using var folder = new TempFolder();
        using var first = StartRole(folder, "all", "--input", "-", "--slow", "Journal=20", "--set", "WorkerDemo:SummarySeconds=0.1");
        for (var i = 1; i <= 60; i++) await first.Input.WriteLineAsync($"{i}");
        await first.Input.FlushAsync();
        await first.WaitForLineAsync(line => WorkerProcess.EventsShown(line) > Window);

        first.Kill();
        await System.IO.File.WriteAllLinesAsync(folder.File("rest.txt"), ["last"]);
        using var second = StartRole(folder, "all", "--input", "rest.txt");
        await second.WaitForLineAsync(line => line.Contains("Stream events goes on where it was, behind number", StringComparison.Ordinal));
        var result = await second.WaitForExitAsync();

        result.AssertExitCode(0);
        var messages = folder.Messages(File);
        // Nothing is left out before the last line that had been put, and nothing is there twice.
        Assert.Equal(Enumerable.Range(1, messages.Count - 1).Select(i => $"{i}").Append("last"), messages);
        Assert.True(messages.Count > Window);
    }

    [Fact]
    public async Task Input_KilledAtRandom_JournalHasEachLineOnceAndInOrder()
    {
        using var folder = new TempFolder();
        var (random, input, starting) = (new Random(s_seed), folder.Lines(s_lines), 0);
        for (var kill = 0; kill < s_kills; kill++)
        {
            var journaled = folder.CountOfCopy(File);
            using var worker = StartRole(folder, "all", "--input", input, "--set", "WorkerDemo:SummarySeconds=0.02");
            var events = random.Next(1, Math.Max(2, 2 * (s_lines - journaled) / (s_kills - kill + 1)));
            if (random.Next(8) == 0)
            {
                await worker.WaitForLinesAsync(random.Next(4));
                starting++;
            }
            else
            {
                if (journaled > 0) Assert.InRange(await ResumedAtAsync(worker), journaled + 1, journaled + 1 + Window);
                await worker.WaitForLineAsync(line => WorkerProcess.EventsShown(line) >= events);
            }

            worker.Kill();
            await worker.WaitForExitAsync();
        }

        using var last = StartRole(folder, "all", "--input", input);
        (await last.WaitForExitAsync()).AssertExitCode(0);

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"STREAMX_SEED={s_seed} STREAMX_KILLS={s_kills} STREAMX_LINES={s_lines}: "
            + $"{starting} kills while it started, the journal has {folder.CountOfCopy(File)} lines.");
        Assert.Equal(Enumerable.Range(1, s_lines).Select(i => $"{i}"), folder.Messages(File));
    }

    [Fact]
    public async Task Roles_InFourProcesses_JournalEverythingInOrder()
    {
        using var folder = new TempFolder();
        using var producer = StartRole(folder, "producer", "--input", folder.Lines(1000));
        using var journal = StartRole(folder, "consumer:Journal");
        using var alerts = StartRole(folder, "consumer:Alerts");
        using var summary = StartRole(folder, "consumer:Summary");

        var results = await Task.WhenAll(new[] { producer, journal, alerts, summary }.Select(worker => worker.WaitForExitAsync()));

        Assert.All(results, result => result.AssertExitCode(0));
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => $"{i}"), folder.Messages(File));
    }

    [Fact]
    public async Task Roles_EachKilledOnce_JournalHasEachLineOnceAndInOrder()
    {
        using var folder = new TempFolder();
        var input = folder.Lines(1000);
        using var summary = StartRole(folder, "consumer:Summary", "--set", "WorkerDemo:SummarySeconds=0.05");
        using var journal = StartRole(folder, "consumer:Journal");
        using var alerts = StartRole(folder, "consumer:Alerts", "--slow", "Alerts=2");
        using var producer = StartRole(folder, "producer", "--input", input);
        await producer.WaitForLineAsync(line => line.Contains("this process leads it now", StringComparison.Ordinal));
        using var standby = StartRole(folder, "producer", "--input", input, "--set", "WorkerDemo:SummarySeconds=0.05");
        await standby.WaitForLineAsync(line => line.EndsWith("Stream events: 0.0 values/s; stands by.", StringComparison.Ordinal));

        await summary.WaitForLineAsync(line => WorkerProcess.EventsShown(line) >= 200);
        producer.Kill();
        Assert.InRange(await ResumedAtAsync(standby), 200, 1000);
        await summary.WaitForLineAsync(line => WorkerProcess.EventsShown(line) >= 400);
        journal.Kill();
        using var journalAgain = StartRole(folder, "consumer:Journal");
        await summary.WaitForLineAsync(line => WorkerProcess.EventsShown(line) >= 600);
        alerts.Kill();
        using var alertsAgain = StartRole(folder, "consumer:Alerts");

        var results = await Task.WhenAll(new[] { standby, journalAgain, alertsAgain, summary }.Select(worker => worker.WaitForExitAsync()));
        Assert.All(results, result => result.AssertExitCode(0));
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => $"{i}"), folder.Messages(File));
    }

    private static int Read(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    /// <summary>The line that the worker says it goes on with.</summary>
    private static async Task<int> ResumedAtAsync(WorkerProcess worker)
    {
        var line = await worker.WaitForLineAsync(line => line.Contains("goes on with line", StringComparison.Ordinal));
        return int.Parse(Regex.Match(line, @"goes on with line (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private WorkerProcess StartRole(TempFolder folder, string role, params string[] arguments) =>
        Start(folder, ["--durable", File, "--role", role, "--set", $"Streamx:events:Window={Window}", .. arguments]);
}
