using System.Collections.Concurrent;
using System.Text;
using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.Hosting.Sqlite.Tests.Faults.Processes;

/// <summary>What goes between real processes beside values.</summary>
public sealed class ContractTests : IDisposable
{
    private readonly TestFile _file = new();

    [Fact]
    public async Task FinishAhead_ProcessIsKilled_NextIsNotGivenItAgain()
    {
        await _file.CreateProcess(stream: "faults").RegisterAsync(["a"], default);
        await using var lead = await _file.CreateProcess(stream: "faults").LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 4);
        using var worker = WorkerProcess.Start(_file, "worker", "--ahead", "2,3");
        await worker.DidAsync("end a 3", 1);

        await worker.KillAsync();

        await using var next = await _file.CreateProcess(stream: "faults").JoinAsync("a", default);
        var first = await next.NextAsync();
        Assert.Equal(("1 v1", true), (Show(first), first.IsRedelivered));
        Assert.Equal("4 v4", Show(await next.NextAsync()));
        next.Finish(1);
        await lead.Positions.WaitForAsync("a", 3);
    }

    [Fact]
    public async Task Reports_OfTwoProcesses_ComeToTheOneThatAsks()
    {
        using var leader = WorkerProcess.Start(_file, "leader", "--produce", "1", "--Streamx:faults:Sqlite:InstanceId=leader", "--Streamx:faults:Sqlite:Consumers:0=a");
        using var consumer = WorkerProcess.Start(_file, "consumer", "--consume", "a", "--Streamx:faults:Sqlite:InstanceId=consumer");
        await consumer.DidAsync("end a", 1);
        ConcurrentQueue<string> reports = new();
        await using var session = await _file.CreateProcess(stream: "faults").OpenReportsAsync(
            () => { }, report => reports.Enqueue(Encoding.UTF8.GetString(report.Span)), default).WithinAsync();

        await Until.TrueAsync(async () =>
        {
            await session.AskAsync(default).WithinAsync();
            return reports.Any(report => report.Contains("\"leader\"", StringComparison.Ordinal))
                && reports.Any(report => report.Contains("\"consumer\"", StringComparison.Ordinal));
        });

        Assert.Equal((0, 0), (await leader.TerminateAsync(), await consumer.TerminateAsync()));
    }

    public void Dispose() => _file.Dispose();
}
