using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

/// <summary>The sample with its stream in a file.</summary>
public abstract class DurableTests(WorkerProgram program) : ProgramTests(program)
{
    private const int Window = 16;

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
        await File.WriteAllLinesAsync(folder.File("rest.txt"), ["last"]);
        using var second = StartRole(folder, "all", "--input", "rest.txt");
        var result = await second.WaitForExitAsync();

        result.AssertExitCode(0);
        var messages = folder.Messages().Distinct().ToList();
        // Nothing is left out before the last line that had been put.
        Assert.Equal(Enumerable.Range(1, messages.Count - 1).Select(i => $"{i}").Append("last"), messages);
        Assert.InRange(folder.Messages().Count, messages.Count, messages.Count + Window);
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
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => $"{i}"), folder.Messages());
    }

    private WorkerProcess StartRole(TempFolder folder, string role, params string[] arguments) =>
        Start(folder, ["--durable", "stream.db", "--role", role, "--set", $"Streamx:events:Window={Window}", .. arguments]);
}
