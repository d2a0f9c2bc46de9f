using System.Collections.Concurrent;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using Streamx.Hosting.RabbitMQ.Tests.Faults.Processes;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Randomised;

/// <summary>Kills and stops processes, and cuts their networks. A fault for which there is no process at that moment does nothing.</summary>
internal sealed class ProcessFaults(BrokerCluster cluster, Scene scene) : IAsyncDisposable
{
    /// <summary>The way of each process to each node. A process that is being replaced is not among them.</summary>
    private readonly ConcurrentDictionary<WorkerProcess, TcpProxy[]> _networks = [];

    /// <summary>Starts a process, which reaches each node through a network of its own.</summary>
    public void Start(string role)
    {
        var network = cluster.Nodes.Select(node => new TcpProxy(node.Uri)).ToArray();
        Uri[] through = [.. network.Select(proxy => proxy.Uri)];
        _networks[role == "producer" ? scene.StartProducer(through) : scene.StartConsumer(role, through)] = network;
    }

    public Task KillAsync(Decision decision) => ReplaceAsync(Victim(decision.Role, decision), victim => victim.KillAsync(), decision);

    /// <summary>Kills the leader and a consumer's process at once.</summary>
    public Task KillTwoAsync(Decision decision)
    {
        var other = decision.Role == "producer" ? "a" : "producer";
        return Task.WhenAll(KillAsync(decision), ReplaceAsync(Victim(other, decision), victim => victim.KillAsync(), decision));
    }

    public Task TerminateAsync(Decision decision) => ReplaceAsync(Victim(decision.Role, decision), victim => victim.TerminateAsync(), decision);

    /// <summary>Has a process hang for a while.</summary>
    public async Task HangAsync(Decision decision)
    {
        if (Victim(decision.Role, decision) is not { } victim) return;
        await victim.StopAsync();
        await Task.Delay(decision.Long, TimeProvider.System);
        await victim.ContinueAsync();
    }

    public Task CutAsync(Decision decision) => CutAsync(NetworkOf(decision), decision);

    public Task CutAllAsync(Decision decision) => CutAsync(Everything, decision);

    public Task SwallowAsync(Decision decision) => SwallowAsync(NetworkOf(decision), decision);

    public Task SwallowAllAsync(Decision decision) => SwallowAsync(Everything, decision);

    public Task ResetAllAsync()
    {
        foreach (var proxy in Everything) proxy.Reset();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in Everything) await proxy.DisposeAsync();
    }

    private TcpProxy[] Everything => [.. _networks.Values.SelectMany(network => network)];

    private TcpProxy[] NetworkOf(Decision decision) => Victim(decision.Role, decision) is { } victim && _networks.TryGetValue(victim, out var network) ? network : [];

    /// <summary>The process that is active, or any; null while all processes of the role are being replaced.</summary>
    private WorkerProcess? Victim(string role, Decision decision)
    {
        var active = role == "producer" ? scene.Leader() : scene.Active(role);
        return decision.IsActive && _networks.ContainsKey(active)
            ? active
            : decision.Choose([.. _networks.Keys.Where(worker => worker.Role == role).OrderBy(worker => worker.Number)]);
    }

    /// <summary>Ends a process, and starts another after a while.</summary>
    private async Task ReplaceAsync(WorkerProcess? victim, Func<WorkerProcess, Task> end, Decision decision)
    {
        // Another fault may be replacing it.
        if (victim is null || !_networks.TryRemove(victim, out var network)) return;
        await end(victim);
        foreach (var proxy in network) await proxy.DisposeAsync();
        await Task.Delay(decision.Short, TimeProvider.System);
        Start(victim.Role);
    }

    private static async Task CutAsync(TcpProxy[] network, Decision decision)
    {
        foreach (var proxy in network) proxy.Cut(decision.Direction);
        await Task.Delay(decision.Long, TimeProvider.System);
        foreach (var proxy in network) proxy.Mend();
    }

    private static async Task SwallowAsync(TcpProxy[] network, Decision decision)
    {
        foreach (var proxy in network) proxy.Swallow();
        await Task.Delay(decision.Long, TimeProvider.System);
        foreach (var proxy in network) proxy.PassOn();
        // What was lost leaves a gap in the bytes of each connection, which ends it, but only once more comes.
        foreach (var proxy in network) proxy.Reset();
    }
}
