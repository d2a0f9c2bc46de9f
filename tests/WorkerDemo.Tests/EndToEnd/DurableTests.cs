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

    /// <summary>How often the worker is killed; <c>STREAMX_KILLS</c> says more, and a hundred reads 200,000 lines.</summary>
    private static readonly int s_kills =
        int.TryParse(Environment.GetEnvironmentVariable("STREAMX_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 3;

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
        var (random, lines) = (new Random(22), s_kills < 100 ? 400 * (s_kills + 1) : 200_000);
        var input = folder.Lines(lines);
        for (var kill = 0; kill < s_kills; kill++)
        {
            // The database is closed by the kill: what is committed is there.
            var journaled = kill == 0 ? 0 : folder.Messages(File).Count;
            using var worker = StartRole(folder, "all", "--input", input, "--set", "WorkerDemo:SummarySeconds=0.02");
            if (journaled > 0) Assert.InRange(await ResumedAtAsync(worker), journaled + 1, journaled + 1 + Window);
            var events = random.Next(1, Math.Max(2, (lines - journaled) / (s_kills - kill + 1)));
            await worker.WaitForLineAsync(line => WorkerProcess.EventsShown(line) >= events);
            worker.Kill();
            await worker.WaitForExitAsync();
        }

        using var last = StartRole(folder, "all", "--input", input);
        (await last.WaitForExitAsync()).AssertExitCode(0);

        Assert.Equal(Enumerable.Range(1, lines).Select(i => $"{i}"), folder.Messages(File));
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

    /// <summary>The line that the worker says it goes on with.</summary>
    private static async Task<int> ResumedAtAsync(WorkerProcess worker)
    {
        var line = await worker.WaitForLineAsync(line => line.Contains("goes on with line", StringComparison.Ordinal));
        return int.Parse(Regex.Match(line, @"goes on with line (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private WorkerProcess StartRole(TempFolder folder, string role, params string[] arguments) =>
        Start(folder, ["--durable", File, "--role", role, "--set", $"Streamx:events:Window={Window}", .. arguments]);
}
