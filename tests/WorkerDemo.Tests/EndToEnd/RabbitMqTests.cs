using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

/// <summary>The sample in processes of their own, on a real broker.</summary>
[Collection(OneNodeCollection.Name)]
public class RabbitMqTests(OneNode broker)
{
    /// <summary>A batch of the journal may have been committed, and its process killed before it could say so.</summary>
    private const int Window = 16;

    /// <summary>Each test has a stream of its own.</summary>
    private readonly string _prefix = $"demo-{Guid.NewGuid():N}";

    [Fact]
    public async Task Roles_InFourProcesses_JournalEverythingInOrder()
    {
        using var folder = new TempFolder();
        using var producer = Start(folder, "producer", "--input", folder.Lines(1000));
        using var journal = Start(folder, "consumer:Journal");
        using var alerts = Start(folder, "consumer:Alerts");
        using var summary = Start(folder, "consumer:Summary");

        var results = await Task.WhenAll(new[] { producer, journal, alerts, summary }.Select(worker => worker.WaitForExitAsync()));

        Assert.All(results, result => result.AssertExitCode(0));
        Assert.All(results.Zip(["LineReader", "Journal", "Alerts", "Summary"]).Skip(1), pair => Assert.Equal(1000, pair.First.Consumer(pair.Second).Finished));
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => $"{i}"), folder.Messages());
    }

    [Fact]
    public async Task All_InOneProcess_JournalsEverythingInOrder()
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, "all", "--input", folder.Lines(1000));

        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(0);
        result.AssertFinishedAll("Journal", "Alerts", "Summary");
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => $"{i}"), folder.Messages());
    }

    [Fact]
    public async Task Journal_Killed_IsFollowedByAnother_AndLosesNothing()
    {
        using var folder = new TempFolder();
        using var first = Start(folder, "consumer:Journal");
        using var alerts = Start(folder, "consumer:Alerts", "--slow", "Alerts=20");
        using var summary = Start(folder, "consumer:Summary", "--set", "WorkerDemo:Summary:Interval=00:00:00.100");
        using var producer = Start(folder, "producer", "--input", folder.Lines(300));
        await summary.WaitForLineAsync(line => WorkerProcess.EventsShown(line) > Window);

        first.Kill();
        using var second = Start(folder, "consumer:Journal");

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
        using var journal = Start(folder, "consumer:Journal");
        using var alerts = Start(folder, "consumer:Alerts");
        using var summary = Start(folder, "consumer:Summary", "--set", "WorkerDemo:Summary:Interval=00:00:00.100");
        using var first = Start(folder, "producer", "--input", "-");
        for (var i = 1; i <= 40; i++) await first.Input.WriteLineAsync($"{i}");
        await first.Input.FlushAsync();
        await summary.WaitForLineAsync(line => WorkerProcess.EventsShown(line) == 40);

        first.Kill();
        await File.WriteAllLinesAsync(folder.File("rest.txt"), Enumerable.Range(41, 40).Select(i => $"{i}"));
        using var second = Start(folder, "producer", "--input", "rest.txt");

        var results = await Task.WhenAll(new[] { second, journal, alerts, summary }.Select(worker => worker.WaitForExitAsync()));
        Assert.All(results, result => result.AssertExitCode(0));
        Assert.Equal(Enumerable.Range(1, 80).Select(i => $"{i}"), folder.Messages());
    }

    private WorkerProcess Start(TempFolder folder, string role, params string[] more) => WorkerProcess.Start(
        folder,
        [
            "--rabbitmq", $"{broker.Uri}", "--role", role, "--set", $"Streamx:events:RabbitMq:Prefix={_prefix}",
            "--set", $"Streamx:events:Window={Window}", .. more,
        ]);
}
