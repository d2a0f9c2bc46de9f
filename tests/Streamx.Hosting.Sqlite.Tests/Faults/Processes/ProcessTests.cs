namespace Streamx.Hosting.Sqlite.Tests.Faults.Processes;

/// <summary>Real processes on one file, killed and stopped.</summary>
public sealed class ProcessTests : IDisposable
{
    private const int Window = 4;
    private readonly TestFile _file = new();

    [Fact]
    public async Task TwoProcesses_KilledOneAfterTheOther_NothingIsLost()
    {
        await _file.CreateProcess(stream: "faults").RegisterAsync(["a"], default);
        using var producer = Start("producer", "--produce", "1");
        using var consumer = Start("consumer", "--consume", "a");
        await consumer.DidAsync("end a", 50);

        await consumer.KillAsync();
        using var again = Start("consumer", "--consume", "a");
        await again.DidAsync("end a", consumer.Lines.Count(line => line.StartsWith("end a", StringComparison.Ordinal)) + 50);
        await producer.KillAsync();
        using var next = Start("producer", "--produce", "1000000");
        await next.DidAsync("put 1000049", 1);
        Assert.Equal(0, await next.TerminateAsync());
        await again.DidAsync("end a 1000049", 1);
        Assert.Equal(0, await again.TerminateAsync());

        Flow.Check([.. next.Lines, .. again.Lines], "a", Window);
    }

    [Fact]
    public async Task OneProcess_Killed_GoesOnAtOnceWhereItWas()
    {
        WorkerProcess? worker = null;
        for (var run = 0; run < 3; run++)
        {
            worker = Start("worker", "--produce", $"{(run * 1_000_000) + 1}", "--consume", "a,b");
            using (worker)
            {
                await worker.DidAsync($"put {(run * 1_000_000) + 40}", 1);
                await worker.KillAsync();
            }
        }

        using var last = Start("worker", "--produce", "9000000", "--consume", "a,b");
        await last.DidAsync("put 9000010", 1);
        Assert.Equal(0, await last.TerminateAsync());

        Flow.Check(last.Lines, "a", Window);
        Flow.Check(last.Lines, "b", Window);
    }

    [Fact]
    [Trait("Length", "long")]
    public async Task Stopped_PastItsLease_StandbysTakeOverAndNothingIsLost()
    {
        await _file.CreateProcess(stream: "faults").RegisterAsync(["a"], default);
        using var first = Start("first", "--produce", "1", "--consume", "a");
        await first.DidAsync("end a", 50);
        using var second = Start("second", "--produce", "1000000", "--consume", "a");
        await Until.TrueAsync(() => second.Output.Contains("Application started", StringComparison.Ordinal));

        await first.StopAsync(inTransaction: false);
        await second.DidAsync("put 1000050", 1);
        await second.DidAsync("end a 1000050", 1);
        await first.SignalAsync("-CONT");
        // It goes on as a standby, and takes over again.
        await second.KillAsync();
        var before = first.Lines.Length;
        await Until.TrueAsync(() => first.Lines.Length > before + 100);
        Assert.Equal(0, await first.TerminateAsync());

        CheckAllHandled(first, second);
    }

    [Fact]
    [Trait("Length", "long")]
    public async Task Stopped_InATransaction_TheOtherWaitsAndSaysSo_AndNothingIsLost()
    {
        await _file.CreateProcess(stream: "faults").RegisterAsync(["a"], default);
        using var first = Start("first", "--produce", "1", "--consume", "a", "--Streamx:faults:Sqlite:Timeout=00:00:01");
        await first.DidAsync("end a", 50);
        using var second = Start("second", "--produce", "1000000", "--consume", "a", "--Streamx:faults:Sqlite:Timeout=00:00:01");
        await second.UntilAsync(() => second.Output.Contains("Application started", StringComparison.Ordinal));

        await first.StopAsync(inTransaction: true);
        await second.UntilAsync(() => second.Output.Contains("another program has locked the file", StringComparison.Ordinal));
        Assert.Empty(second.Lines);
        await first.SignalAsync("-CONT");
        // Which of the two has the lead now depends on which of them is the first to write.
        await Until.TrueAsync(() => first.Lines.Length + second.Lines.Length > 500);

        await first.StopAsync(inTransaction: true);
        await first.KillAsync();
        await second.DidAsync("put 1000050", 1);
        await second.DidAsync("end a 1000050", 1);
        Assert.Equal(0, await second.TerminateAsync());

        CheckAllHandled(first, second);
    }

    [Fact]
    [Trait("Length", "long")]
    public async Task KilledAHundredTimes_NothingIsLost()
    {
        var random = new Random(20);
        WorkerProcess worker;
        for (var run = 0; run < 100; run++)
        {
            worker = Start("worker", "--produce", $"{(run * 1_000_000) + 1}", "--consume", "a,b");
            using (worker)
            {
                await worker.DidAsync($"put {(run * 1_000_000) + random.Next(1, 100)}", 1);
                await worker.KillAsync();
            }
        }

        using var last = Start("worker", "--produce", "900000000", "--consume", "a,b");
        await last.DidAsync("put 900000010", 1);
        Assert.Equal(0, await last.TerminateAsync());

        Flow.Check(last.Lines, "a", Window);
        Flow.Check(last.Lines, "b", Window);
    }

    /// <summary>Each value that was put was handled. One that a process had in hand while it hung may be handled twice at the same time.</summary>
    private static void CheckAllHandled(WorkerProcess first, WorkerProcess second)
    {
        string[] lines = [.. first.Lines, .. second.Lines];
        var handled = lines.Where(line => line.StartsWith("end a", StringComparison.Ordinal)).ToHashSet();
        Assert.All(lines.Where(line => line.StartsWith("put ", StringComparison.Ordinal)), put => Assert.Contains($"end a {put[4..]}", handled));
    }

    private WorkerProcess Start(string name, params string[] arguments) => WorkerProcess.Start(_file, name, [$"--Streamx:faults:Window={Window}", .. arguments]);

    public void Dispose() => _file.Dispose();
}
