using System.Collections.Concurrent;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using Streamx.Hosting.RabbitMQ.Tests.Faults.Network;
using Streamx.Hosting.RabbitMQ.Tests.Faults.Processes;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Randomised;

/// <summary>A stream with two processes of everything, and some faults, of which several may be under way at a time.</summary>
internal sealed class RandomRound : IAsyncDisposable
{
    private static readonly int[] s_windows = [1, 2, 16, 64];

    private readonly BrokerCluster _cluster;
    private readonly int _seed;
    private readonly Random _random;
    private readonly Scene _scene;

    /// <summary>The way of each process to each node.</summary>
    private readonly ConcurrentDictionary<WorkerProcess, TcpProxy[]> _networks = [];

    /// <summary>Nodes go down one fault at a time.</summary>
    private readonly SemaphoreSlim _nodes = new(1);

    /// <summary>What has been done.</summary>
    private readonly List<string> _done = [];

    /// <summary>Prepares it.</summary>
    /// <param name="cluster">The broker.</param>
    /// <param name="seed">Makes the same decisions again.</param>
    public RandomRound(BrokerCluster cluster, int seed)
    {
        _cluster = cluster;
        _seed = seed;
        _random = new Random(seed);
        _scene = new Scene(s_windows[_random.Next(s_windows.Length)], [.. cluster.Nodes.Select(node => node.Uri)]) { LosesNodes = true };
    }

    /// <summary>Runs it.</summary>
    /// <param name="faults">How many faults.</param>
    /// <returns>One line that says how it went.</returns>
    public async Task<string> RunAsync(int faults)
    {
        try
        {
            foreach (var role in Scene.Names.Append("producer").SelectMany(role => new[] { role, role })) Start(role);
            await _scene.FlowAsync();
            if (_cluster.Nodes.Count == 1) await _cluster.Nodes[0].StoredAsync(_scene.Topology, Scene.Names);
            _scene.Fault($"seed {_seed}, {_cluster.Nodes.Count} nodes");
            List<Task> underWay = [];
            for (var i = 0; i < faults; i++)
            {
                underWay.Add(FaultAsync());
                await PauseAsync(1);
                if (_random.Next(3) == 0) continue;
                await Task.WhenAll(underWay);
                await _scene.FlowAsync(_random.Next(1, 200));
            }

            await Task.WhenAll(underWay);
            await _scene.FlowAsync();
            return $"{(await _scene.FinishAsync())[0]} {string.Join("; ", _done)}";
        }
        catch (Exception error)
        {
            Assert.Fail($"STREAMX_SEED={_seed} makes the same decisions, on {_cluster.Nodes.Count} nodes with a window of {_scene.Window}: {string.Join("; ", _done)}.{Environment.NewLine}{error}");
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _scene.DisposeAsync();
        foreach (var proxy in _networks.Values.SelectMany(network => network)) await proxy.DisposeAsync();
        _nodes.Dispose();
    }

    private Task FaultAsync()
    {
        var roles = Scene.Names.Append("producer").ToArray();
        var role = roles[_random.Next(roles.Length)];
        var isActive = _random.Next(3) > 0;
        var victim = Victim(role, isActive);
        var direction = (Direction)_random.Next(1, 4);
        return _random.Next(12) switch
        {
            0 or 1 => DoAsync($"kill {role}", () => ReplaceAsync(victim, victim.KillAsync)),
            2 => DoAsync("kill producer and a", () => Task.WhenAll(ReplaceAsync(victim, victim.KillAsync), KillAsync(role == "producer" ? "a" : "producer"))),
            3 => DoAsync($"terminate {role}", () => ReplaceAsync(victim, victim.TerminateAsync)),
            4 or 5 => DoAsync($"stop {role}", () => HangAsync(victim)),
            6 or 7 => DoAsync($"cut {role} {direction}", () => CutAsync([victim], direction)),
            8 => DoAsync($"cut all {direction}", () => CutAsync([.. _networks.Keys], direction)),
            9 => DoAsync("reset all", ResetAsync),
            10 => DoAsync("kill a node", () => RestartAsync(node => node.KillAsync(), 1)),
            _ => _cluster.Nodes.Count > 1
                ? DoAsync("kill two nodes", () => RestartAsync(node => node.KillAsync(), 2))
                : DoAsync("shut the node down", () => RestartAsync(node => node.StopAsync(), 1)),
        };
    }

    private async Task DoAsync(string what, Func<Task> fault)
    {
        _done.Add(what);
        // It decides before it waits, so that the same seed decides the same.
        var done = fault();
        // Beside the logs, in their time.
        await File.AppendAllTextAsync(Path.Combine(_scene.Folder, "faults.txt"), $"{TimeProvider.System.GetTimestamp()} {TimeProvider.System.GetLocalNow():HH:mm:ss.fff} {what}\n");
        await done;
    }

    private Task KillAsync(string role)
    {
        var victim = Victim(role, isActive: true);
        return ReplaceAsync(victim, victim.KillAsync);
    }

    /// <summary>The one that is active, or any.</summary>
    private WorkerProcess Victim(string role, bool isActive)
    {
        var active = role == "producer" ? _scene.Leader() : _scene.Active(role);
        if (isActive && active.IsAlive) return active;
        var all = _networks.Keys.Where(worker => worker.Role == role).OrderBy(worker => worker.Name, StringComparer.Ordinal).ToArray();
        return all[_random.Next(all.Length)];
    }

    /// <summary>Ends a process, and starts another after a while.</summary>
    private async Task ReplaceAsync(WorkerProcess victim, Func<Task> end)
    {
        if (!_networks.TryRemove(victim, out var network)) return;
        var pause = PauseAsync(3);
        await end();
        foreach (var proxy in network) await proxy.DisposeAsync();
        await pause;
        Start(victim.Role);
    }

    private async Task HangAsync(WorkerProcess victim)
    {
        var pause = PauseAsync(10);
        await victim.StopAsync();
        await pause;
        if (victim.IsAlive) await victim.ContinueAsync();
    }

    private async Task CutAsync(IReadOnlyCollection<WorkerProcess> victims, Direction direction)
    {
        var pause = PauseAsync(10);
        var proxies = victims.SelectMany(victim => _networks.GetValueOrDefault(victim) ?? []).ToList();
        foreach (var proxy in proxies) proxy.Cut(direction);
        await pause;
        foreach (var proxy in proxies) proxy.Mend();
    }

    private Task ResetAsync()
    {
        foreach (var proxy in _networks.Values.SelectMany(network => network)) proxy.Reset();
        return Task.CompletedTask;
    }

    private async Task RestartAsync(Func<BrokerNode, Task> end, int count)
    {
        var nodes = _cluster.Nodes.ToArray();
        _random.Shuffle(nodes);
        await _nodes.WaitAsync();
        try
        {
            await Task.WhenAll(nodes.Take(count).Select(end));
            await Task.WhenAll(nodes.Take(count).Select(node => node.StartAsync()));
        }
        finally
        {
            _nodes.Release();
        }
    }

    /// <summary>A process reaches each node through a network of its own.</summary>
    private void Start(string role)
    {
        var network = _cluster.Nodes.Select(node => new TcpProxy(node.Uri)).ToArray();
        Uri[] through = [.. network.Select(proxy => proxy.Uri)];
        _networks[role == "producer" ? _scene.StartProducer(through) : _scene.StartConsumer(role, through)] = network;
    }

    private Task PauseAsync(double longest) => Task.Delay(TimeSpan.FromSeconds(_random.NextDouble() * longest), TimeProvider.System);
}
