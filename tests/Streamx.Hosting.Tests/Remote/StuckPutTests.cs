using Microsoft.Extensions.Diagnostics.HealthChecks;
using Streamx.Hosting.Tests.Simulation;
using Streamx.TestUtilities.Backends;
using Streamx.TestUtilities.Clocks;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>A put that consumers elsewhere hold up for too long leaves a health check degraded, whatever is the matter with them.</summary>
[Collection(SimulationCollection.Name)]
public sealed class StuckPutTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly SimulatedClock _clock = new();
    private readonly InMemoryStore _store;

    public StuckPutTests() => _store = new InMemoryStore(_clock) { Lease = s_limit / 5 };

    [Fact]
    public async Task Ready_ValueIsNotFinished_IsDegradedUntilItIs()
    {
        await Task.Yield();
        await _store.CreateProcess().RegisterAsync(["a"], default);
        await using var pod = await StartAsync();
        await _clock.UntilAsync(Writer(pod).PutAsync(1).AsTask());

        await WaitAsync(s_limit);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(pod)).Status);
        await WaitAsync(TimeSpan.FromMilliseconds(1));
        var stuck = await CheckAsync(pod);
        await using var a = await _store.CreateProcess().JoinAsync("a", default);
        a.Finish((await a.Deliveries.ReadAsync()).Sequence);
        await OneThread.IdleAsync();
        var finished = await CheckAsync(pod);

        Assert.Equal(HealthStatus.Degraded, stuck.Status);
        Assert.Contains(stuck.Entries.Values, entry => entry.Description!.Contains("a put has waited for 10.0 s, and 'a' have not finished everything", StringComparison.Ordinal));
        Assert.Equal(HealthStatus.Healthy, finished.Status);
        Assert.Null(pod.Status.Remote!.OldestUnfinishedAge);
    }

    [Fact]
    public async Task Ready_NoConsumerIsRegistered_IsDegradedWhileAPutWaits()
    {
        await Task.Yield();
        await using var pod = await StartAsync();
        using var cancellation = new CancellationTokenSource();
        var put = Writer(pod).PutAsync(1, cancellation.Token).AsTask();
        await OneThread.IdleAsync();

        await WaitAsync(s_limit + TimeSpan.FromMilliseconds(1));
        var stuck = await CheckAsync(pod);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);

        Assert.Equal(HealthStatus.Degraded, stuck.Status);
        Assert.Contains(stuck.Entries.Values, entry => entry.Description!.Contains("no consumer is registered", StringComparison.Ordinal));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(pod)).Status);
    }

    private static Task<HealthReport> CheckAsync(Pod pod) => pod.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    private static IStreamWriter<int> Writer(Pod pod) => pod.Services.GetRequiredKeyedService<IStreamWriter<int>>(pod.Stream);

    private async Task<Pod> StartAsync()
    {
        var pod = Pod.Build("numbers", stream =>
        {
            stream.Services.AddSingleton<TimeProvider>(_clock);
            stream.Services.AddHealthChecks().AddStreamx();
            stream.UseInMemory(_store.CreateProcess("one"));
        });
        await _clock.UntilAsync(pod.StartAsync());
        return pod;
    }

    /// <summary>Has time pass, and everything come to rest in between.</summary>
    private async Task WaitAsync(TimeSpan time)
    {
        var end = _clock.Elapsed + time;
        while (_clock.AdvanceToNext(end - _clock.Elapsed)) await OneThread.IdleAsync();
        _clock.Advance(end - _clock.Elapsed);
    }
}
