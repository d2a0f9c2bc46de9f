using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

/// <summary>The sample in processes of their own, on a real broker.</summary>
public abstract class RabbitMqTests(WorkerProgram program, OneNode broker) : ProgramTests(program)
{
    /// <summary>A batch of the journal may have been committed, and its process killed before it could say so.</summary>
    private const int Window = 16;

    /// <summary>What the pods give a drain: <c>DOTNET_shutdownTimeoutSeconds</c>.</summary>
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(25);

    /// <summary>Each test has a stream of its own.</summary>
    private readonly string _prefix = $"demo-{Guid.NewGuid():N}";

    public sealed class Managed(OneNode broker) : RabbitMqTests(WorkerProgram.Managed, broker);

    [Trait("Length", "long")]
    public sealed class Native(OneNode broker) : RabbitMqTests(WorkerProgram.Native, broker);

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
        Assert.All(results.Zip(["LineReader", "Journal", "Alerts", "Summary"]).Skip(1), pair => Assert.Equal(1000, pair.First.Consumer(pair.Second).Finished));
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => $"{i}"), folder.Messages());
    }

    [Fact]
    public async Task All_InOneProcess_JournalsEverythingInOrder()
    {
        using var folder = new TempFolder();
        using var worker = StartRole(folder, "all", "--input", folder.Lines(1000));

        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(0);
        result.AssertFinishedAll("Journal", "Alerts", "Summary");
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => $"{i}"), folder.Messages());
    }

    [Fact]
    public async Task Journal_Killed_IsFollowedByAnother_AndLosesNothing()
    {
        using var folder = new TempFolder();
        using var first = StartRole(folder, "consumer:Journal");
        using var alerts = StartRole(folder, "consumer:Alerts", "--slow", "Alerts=20");
        using var summary = StartRole(folder, "consumer:Summary", "--set", "WorkerDemo:SummarySeconds=0.1");
        using var producer = StartRole(folder, "producer", "--input", folder.Lines(300));
        await summary.WaitForLineAsync(line => WorkerProcess.EventsShown(line) > Window);

        first.Kill();
        using var second = StartRole(folder, "consumer:Journal");

        var results = await Task.WhenAll(new[] { producer, second, alerts, summary }.Select(worker => worker.WaitForExitAsync()));
        Assert.All(results, result => result.AssertExitCode(0));
        var messages = folder.Messages();
        Assert.Equal(Enumerable.Range(1, 300).Select(i => $"{i}"), messages.Distinct());
        Assert.InRange(messages.Count, 300, 300 + Window);
    }

    [Fact]
    public async Task Producer_Killed_LeavesWhatItPut()
    {
        using var folder = new TempFolder();
        using var journal = StartRole(folder, "consumer:Journal");
        using var alerts = StartRole(folder, "consumer:Alerts");
        using var summary = StartRole(folder, "consumer:Summary", "--set", "WorkerDemo:SummarySeconds=0.1");
        using var first = StartRole(folder, "producer", "--input", "-");
        await PutFortyAsync(first, summary);

        first.Kill();
        await File.WriteAllLinesAsync(folder.File("rest.txt"), Enumerable.Range(41, 40).Select(i => $"{i}"));
        using var second = StartRole(folder, "producer", "--input", "rest.txt");

        var results = await Task.WhenAll(new[] { second, journal, alerts, summary }.Select(worker => worker.WaitForExitAsync()));
        Assert.All(results, result => result.AssertExitCode(0));
        Assert.Equal(Enumerable.Range(1, 80).Select(i => $"{i}"), folder.Messages());
    }

    [Fact]
    public async Task Journal_Terminated_HandsOverAndRepeatsNothing()
    {
        using var folder = new TempFolder();
        using var first = StartRole(folder, "consumer:Journal");
        using var alerts = StartRole(folder, "consumer:Alerts", "--slow", "Alerts=20");
        using var summary = StartRole(folder, "consumer:Summary", "--set", "WorkerDemo:SummarySeconds=0.1");
        using var producer = StartRole(folder, "producer", "--input", folder.Lines(300));
        await summary.WaitForLineAsync(line => WorkerProcess.EventsShown(line) > Window);
        using var second = StartRole(folder, "consumer:Journal");

        var (stopped, elapsed) = await TerminateAsync(first);

        stopped.AssertExitCode(0);
        Assert.Equal("Drained", stopped.Outcome);
        Assert.True(elapsed < s_drain, $"{elapsed}");
        var results = await Task.WhenAll(new[] { producer, second, alerts, summary }.Select(worker => worker.WaitForExitAsync()));
        Assert.All(results, result => result.AssertExitCode(0));
        Assert.Equal(300, stopped.Consumer("Journal").Finished + results[1].Consumer("Journal").Finished);
        Assert.Equal(Enumerable.Range(1, 300).Select(i => $"{i}"), folder.Messages());
    }

    [Fact]
    public async Task Producer_Terminated_HandsOverToTheStandby()
    {
        using var folder = new TempFolder();
        using var journal = StartRole(folder, "consumer:Journal");
        using var alerts = StartRole(folder, "consumer:Alerts");
        using var summary = StartRole(folder, "consumer:Summary", "--set", "WorkerDemo:SummarySeconds=0.1");
        using var first = StartRole(folder, "producer", "--input", "-");
        await PutFortyAsync(first, summary);
        await File.WriteAllLinesAsync(folder.File("rest.txt"), Enumerable.Range(41, 40).Select(i => $"{i}"));
        using var second = StartRole(folder, "producer", "--input", "rest.txt");

        var (stopped, elapsed) = await TerminateAsync(first);

        stopped.AssertExitCode(0);
        Assert.Equal(("Drained", 40), (stopped.Outcome, stopped.Accepted));
        Assert.True(elapsed < s_drain, $"{elapsed}");
        var results = await Task.WhenAll(new[] { second, journal, alerts, summary }.Select(worker => worker.WaitForExitAsync()));
        Assert.All(results, result => result.AssertExitCode(0));
        Assert.Equal(Enumerable.Range(1, 80).Select(i => $"{i}"), folder.Messages());
    }

    [Fact]
    public async Task Producer_TerminatedAndSetToEndTheStream_DrainsItForEverybody()
    {
        using var folder = new TempFolder();
        using var journal = StartRole(folder, "consumer:Journal");
        using var alerts = StartRole(folder, "consumer:Alerts", "--slow", "Alerts=20");
        using var summary = StartRole(folder, "consumer:Summary", "--set", "WorkerDemo:SummarySeconds=0.1");
        using var producer = StartRole(folder, "producer", "--input", "-", "--set", "Streamx:events:RabbitMq:EndStreamOnShutdown=true");
        await PutFortyAsync(producer, summary);

        var (stopped, elapsed) = await TerminateAsync(producer);

        stopped.AssertExitCode(0);
        Assert.True(elapsed < s_drain, $"{elapsed}");
        var results = await Task.WhenAll(new[] { journal, alerts, summary }.Select(worker => worker.WaitForExitAsync()));
        Assert.All(results, result => result.AssertExitCode(0));
        Assert.Equal(Enumerable.Range(1, 40).Select(i => $"{i}"), folder.Messages());
        Assert.Equal(40, results[1].Consumer("Alerts").Finished);
    }

    /// <summary>Has forty lines read and seen by the summary.</summary>
    private static async Task PutFortyAsync(WorkerProcess producer, WorkerProcess summary)
    {
        for (var i = 1; i <= 40; i++) await producer.Input.WriteLineAsync($"{i}");
        await producer.Input.FlushAsync();
        await summary.WaitForLineAsync(line => WorkerProcess.EventsShown(line) == 40);
    }

    private static async Task<(WorkerResult Result, TimeSpan Elapsed)> TerminateAsync(WorkerProcess worker)
    {
        var began = TimeProvider.System.GetTimestamp();
        await worker.TerminateAsync();
        var result = await worker.WaitForExitAsync(closeInput: false);
        return (result, TimeProvider.System.GetElapsedTime(began));
    }

    private WorkerProcess StartRole(TempFolder folder, string role, params string[] more) => Start(
        folder,
        [
            "--rabbitmq", $"{broker.Uri}", "--role", role, "--set", $"Streamx:events:RabbitMq:Prefix={_prefix}",
            "--set", $"Streamx:events:Window={Window}", .. more,
        ]);
}
