using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using Streamx.Hosting.RabbitMQ.Tests.Faults.Processes;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Randomised;

/// <summary>A stream with two processes of everything, and some faults, of which several may be under way at a time.</summary>
internal sealed class RandomRound : IAsyncDisposable
{
    private static readonly int[] s_windows = [1, 2, 16, 64];

    private static readonly string[] s_roles = [.. Scene.Names, "producer"];

    /// <summary>The faults of processes, networks and nodes; those that are repeated come more often.</summary>
    public static IReadOnlyList<string> Ordinary { get; } =
        ["kill", "kill", "kill producer and a", "terminate", "stop", "stop", "cut", "cut", "cut all", "reset all", "kill a node", "restart nodes"];

    /// <summary>Those, and what an operator, another application or a full disk do to the broker.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Ordinary, "swallow", "swallow", "swallow all", "wipe", "delete a queue", "delete a queue", "purge a queue", "purge a queue", "unbind a queue",
        "delete an exchange", "foreign message", "foreign message", "policy", "policy", "policy", "alarm", "alarm",
    ];

    private readonly BrokerCluster _cluster;
    private readonly IReadOnlyList<string> _kinds;
    private readonly int _seed;
    private readonly Random _random;
    private readonly Scene _scene;
    private readonly ProcessFaults _processes;
    private readonly NodeFaults _nodes;
    private readonly OperatorFaults _operator;

    /// <summary>What has been done.</summary>
    private readonly List<string> _done = [];

    /// <summary>What is being done.</summary>
    private readonly List<Task> _underWay = [];

    /// <summary>Prepares it.</summary>
    /// <param name="cluster">The broker.</param>
    /// <param name="seed">Makes the same decisions again.</param>
    /// <param name="kinds">The faults to choose from.</param>
    public RandomRound(BrokerCluster cluster, int seed, IReadOnlyList<string> kinds)
    {
        _cluster = cluster;
        _kinds = kinds;
        _seed = seed;
        _random = new Random(seed);
        _scene = new Scene(s_windows[_random.Next(s_windows.Length)], [.. cluster.Nodes.Select(node => node.Uri)]) { LosesNodes = true, PutsOversized = true };
        _processes = new ProcessFaults(cluster, _scene);
        _nodes = new NodeFaults(cluster);
        _operator = new OperatorFaults(cluster, _nodes, _scene.Topology);
    }

    /// <summary>Runs it.</summary>
    /// <param name="faults">How many faults.</param>
    /// <returns>One line that says how it went.</returns>
    public async Task<string> RunAsync(int faults)
    {
        try
        {
            foreach (var role in s_roles.SelectMany(role => new[] { role, role })) _processes.Start(role);
            await _scene.FlowAsync();
            if (_cluster.Nodes.Count == 1) await _cluster.Nodes[0].StoredAsync(_scene.Topology, Scene.Names);
            _scene.Fault($"seed {_seed}, {_cluster.Nodes.Count} nodes");
            for (var i = 0; i < faults; i++)
            {
                var decision = new Decision(_random, _kinds, s_roles, _cluster.Nodes.Count);
                // Alone: at least one process has to be left that knows the numbers, or they begin anew.
                if (decision.Kind == "wipe") await Task.WhenAll(_underWay);
                _underWay.Add(FaultAsync(decision));
                if (decision.Kind == "wipe") await Task.WhenAll(_underWay);
                await Task.Delay(TimeSpan.FromSeconds(_random.NextDouble()), TimeProvider.System);
                if (_random.Next(3) == 0) continue;
                await Task.WhenAll(_underWay);
                await _scene.FlowAsync(_random.Next(1, 200));
            }

            await Task.WhenAll(_underWay);
            await _scene.FlowAsync();
            return $"{(await _scene.FinishAsync())[0]} {string.Join("; ", _done)}";
        }
        catch (Exception error)
        {
            Assert.Fail($"STREAMX_SEED={_seed} makes the same decisions, on {_cluster.Nodes.Count} nodes with a window of {_scene.Window}: {string.Join("; ", _done)}.{Environment.NewLine}{error}");
            throw;
        }
    }

    /// <summary>Ends the faults first: one that is under way would start a process that is never ended, and leave a node down.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_underWay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _scene.DisposeAsync();
        await _processes.DisposeAsync();
        _nodes.Dispose();
    }

    private async Task FaultAsync(Decision decision)
    {
        var what = $"{decision.Kind} ({decision.Role})";
        _done.Add(what);
        // Beside the logs, in their time.
        await File.AppendAllTextAsync(Path.Combine(_scene.Folder, "faults.txt"), $"{TimeProvider.System.GetTimestamp()} {TimeProvider.System.GetLocalNow():HH:mm:ss.fff} {what}\n");
        await (decision.Kind switch
        {
            "kill" => _processes.KillAsync(decision),
            "kill producer and a" => _processes.KillTwoAsync(decision),
            "terminate" => _processes.TerminateAsync(decision),
            "stop" => _processes.HangAsync(decision),
            "cut" => _processes.CutAsync(decision),
            "cut all" => _processes.CutAllAsync(decision),
            "reset all" => _processes.ResetAllAsync(),
            "swallow" => _processes.SwallowAsync(decision),
            "swallow all" => _processes.SwallowAllAsync(decision),
            "wipe" => WipeAsync(decision),
            "delete a queue" => _operator.DeleteQueueAsync(decision),
            "purge a queue" => _operator.PurgeQueueAsync(decision),
            "unbind a queue" => _operator.UnbindAsync(decision),
            "delete an exchange" => _operator.DeleteExchangeAsync(decision),
            "foreign message" => _operator.PublishForeignAsync(decision),
            "policy" => _operator.LimitAsync(decision),
            "alarm" => _operator.AlarmAsync(decision),
            "kill a node" => _nodes.KillAsync(decision, 1),
            "restart nodes" => _cluster.Nodes.Count > 1 ? _nodes.KillAsync(decision, 2) : _nodes.ShutDownAsync(decision),
            _ => throw new InvalidOperationException($"'{decision.Kind}' is no fault."),
        });
    }

    /// <summary>Takes the broker's disks away, two times in three together with a process.</summary>
    private async Task WipeAsync(Decision decision)
    {
        await Task.WhenAll(_nodes.WipeAsync(), decision.IsActive ? _processes.KillAsync(decision) : Task.CompletedTask);
        await _scene.FlowAsync();
        if (_cluster.Nodes.Count == 1) await _cluster.Nodes[0].StoredAsync(_scene.Topology, Scene.Names);
    }
}
