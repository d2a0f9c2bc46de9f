using Microsoft.Extensions.Time.Testing;
using Streamx.TestUtilities.Backends;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>What processes report to one that asks, on a clock that the test moves.</summary>
public sealed class ProcessReportsTests : IAsyncDisposable
{
    private const string Name = "orders";

    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(50);

    private readonly FakeTimeProvider _time = new();
    private readonly InMemoryStore _store;
    private readonly List<Pod> _pods = [];
    private readonly Gate _gate = new();

    public ProcessReportsTests() => _store = new InMemoryStore(_time);

    public async ValueTask DisposeAsync()
    {
        _gate.Open();
        foreach (var pod in _pods) await pod.DisposeAsync();
    }

    [Fact]
    public async Task RequestReports_ConsumerElsewhereHoldsAValue_ItsProcessSaysSo()
    {
        await StartConsumerAsync("worker");
        var leader = await StartLeaderAsync();
        await leader.Services.GetRequiredKeyedService<IStreamWriter<int>>(Name).PutAsync(1).AsTask().WithinAsync();

        await AskUntilAsync(
            leader,
            pod => Of(pod, "worker")?.Consumers is
                [{ State: StreamxConsumerState.Processing, BusyRatio: > 0.9, ItemAge.TotalSeconds: > 1 }]);

        var ledger = Assert.Single(Of(leader, "worker")!.Consumers);
        Assert.Equal(("Ledger", true, false, 1), (ledger.Name, ledger.IsActive, ledger.IsStalled, ledger.Lag));
        Assert.False(Of(leader, "worker")!.IsLeading);
        Assert.Empty(Of(leader, "worker")!.Names);
    }

    [Fact]
    public async Task RequestReports_AskedByAConsumersProcess_LeaderTellsOfEveryConsumer()
    {
        await _store.CreateProcess().RegisterAsync(["Search"], default);
        var worker = await StartConsumerAsync("worker");
        var leader = await StartLeaderAsync();
        var put = leader.Services.GetRequiredKeyedService<IStreamWriter<int>>(Name).PutAsync(1).AsTask();

        await AskUntilAsync(worker, pod => Of(pod, "leader")?.Names is [{ Lag: 1 }, { Lag: 1 }]);

        Assert.True(Of(worker, "leader")!.IsLeading);
        Assert.Equal([("Ledger", "worker"), ("Search", null)], Of(worker, "leader")!.Names.Select(name => (name.Name, name.Instance)));
        Assert.Empty(Of(worker, "leader")!.Consumers);
        await put.WithinAsync();
    }

    [Fact]
    public async Task RequestReports_TwoProcessesOfAConsumer_OnlyOneIsActive()
    {
        await StartConsumerAsync("first");
        await StartConsumerAsync("second");
        var leader = await StartLeaderAsync();

        await AskUntilAsync(leader, pod => Of(pod, "first") is not null && Of(pod, "second") is not null);

        Assert.True(Assert.Single(Of(leader, "first")!.Consumers).IsActive);
        Assert.False(Assert.Single(Of(leader, "second")!.Consumers).IsActive);
    }

    [Fact]
    public async Task RequestReports_NoMore_ProcessesFallSilent()
    {
        await StartConsumerAsync("worker");
        var leader = await StartLeaderAsync();
        await Until.TrueAsync(() => _store.Reports.Sessions == 2);
        await PassAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(0, _store.Reports.Sent);
        await AskUntilAsync(leader, pod => Of(pod, "worker") is not null);

        await Until.TrueAsync(async () =>
        {
            await PassAsync(TimeSpan.FromSeconds(1));
            return leader.Status.Remote!.Reports.Count == 0;
        });
        await PassAsync(TimeSpan.FromSeconds(10));
        var sent = _store.Reports.Sent;
        await PassAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(sent, _store.Reports.Sent);
        await AskUntilAsync(leader, pod => Of(pod, "worker") is not null);
    }

    [Fact]
    public async Task RequestReports_HoweverOftenProcessesAsk_OneReportASecond()
    {
        await StartConsumerAsync("worker");
        var (reports, began) = (0, _time.GetTimestamp());
        await using var watcher = _store.Reports.Open(_store.CreateProcess(), () => { }, _ => Interlocked.Increment(ref reports));
        await Until.TrueAsync(() => _store.Reports.Sessions == 2);

        await Until.TrueAsync(async () =>
        {
            await watcher.AskAsync(default);
            await PassAsync(s_step);
            return Volatile.Read(ref reports) >= 10;
        });

        Assert.True(_time.GetElapsedTime(began) >= TimeSpan.FromSeconds(10), $"{_time.GetElapsedTime(began)}");
    }

    [Fact]
    public async Task RequestReports_SessionWasLost_ComeOverAnother()
    {
        var process = _store.CreateProcess("worker");
        await StartConsumerAsync(process);
        var leader = await StartLeaderAsync();
        await AskUntilAsync(leader, pod => Of(pod, "worker") is not null);

        process.Disconnect();
        await Until.TrueAsync(async () =>
        {
            await PassAsync(TimeSpan.FromSeconds(1));
            return leader.Status.Remote!.Reports.Count == 0;
        });

        await AskUntilAsync(leader, pod => Of(pod, "worker") is not null);
    }

    [Fact]
    public async Task Stop_OfAProcess_GivesUpItsSession()
    {
        var worker = await StartConsumerAsync("worker");
        await Until.TrueAsync(() => _store.Reports.Sessions == 1);

        var stop = worker.StopAsync();
        await _time.AdvanceUntilAsync(stop);

        await Until.TrueAsync(() => _store.Reports.Sessions == 0);
    }

    private static StreamxProcessReport? Of(Pod pod, string instance) =>
        pod.Status.Remote!.Reports.SingleOrDefault(report => report.Instance == instance);

    /// <summary>Asks again and again while time passes.</summary>
    private Task AskUntilAsync(Pod pod, Func<Pod, bool> condition) => Until.TrueAsync(async () =>
    {
        pod.Services.GetRequiredService<IStreamxControl>().RequestReports();
        await PassAsync(s_step);
        return condition(pod);
    });

    private async Task PassAsync(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += s_step)
        {
            _time.Advance(s_step);
            await Task.Yield();
        }
    }

    private Task<Pod> StartConsumerAsync(string instance) => StartConsumerAsync(_store.CreateProcess(instance));

    private async Task<Pod> StartConsumerAsync(InMemoryTransport process)
    {
        var pod = await StartAsync(stream => stream.UseInMemory(process).AddConsumer("Ledger", (value, _) => _gate.HandleAsync(value)));
        await Until.TrueAsync(() => _store.ActiveOf("Ledger") is not null);
        return pod;
    }

    private async Task<Pod> StartLeaderAsync()
    {
        var leader = await StartAsync(stream => stream.UseInMemory(_store.CreateProcess("leader"))
            .AddProducer("idle", (_, token) => Task.Delay(Timeout.InfiniteTimeSpan, _time, token)));
        await leader.UntilAsync(remote => remote.IsLeading);
        return leader;
    }

    private async Task<Pod> StartAsync(Action<IStreamxBuilder<int>> add)
    {
        var pod = Pod.Build(Name, stream =>
        {
            stream.Services.AddSingleton<TimeProvider>(_time);
            add(stream);
        });
        _pods.Add(pod);
        await pod.StartAsync();
        return pod;
    }
}
