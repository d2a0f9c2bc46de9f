using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Randomised;

/// <summary>Takes nodes of the broker down and starts them again, for one fault at a time.</summary>
internal sealed class NodeFaults(BrokerCluster cluster) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>As crashes of machines.</summary>
    public Task KillAsync(Decision decision, int count) => RestartAsync(decision, count, node => node.KillAsync());

    /// <summary>As an administrator does.</summary>
    public Task ShutDownAsync(Decision decision) => RestartAsync(decision, 1, node => node.StopAsync());

    public void Dispose() => _one.Dispose();

    /// <summary>Takes the disks of all nodes away.</summary>
    public Task WipeAsync() => WithNodesAsync(async () =>
    {
        await Task.WhenAll(cluster.Nodes.Select(node => node.KillAsync()));
        foreach (var node in cluster.Nodes) node.DeleteData();
        // The others join the first.
        await cluster.Nodes[0].StartAsync();
        await Task.WhenAll(cluster.Nodes.Skip(1).Select(node => node.StartAsync()));
    });

    /// <summary>Does something while all nodes are up.</summary>
    public async Task WithNodesAsync(Func<Task> action)
    {
        await _one.WaitAsync();
        try
        {
            await action();
        }
        finally
        {
            _one.Release();
        }
    }

    private Task RestartAsync(Decision decision, int count, Func<BrokerNode, Task> end)
    {
        var nodes = decision.Nodes.Take(count).Select(number => cluster.Nodes[number]).ToArray();
        return WithNodesAsync(async () =>
        {
            await Task.WhenAll(nodes.Select(end));
            await Task.WhenAll(nodes.Select(node => node.StartAsync()));
        });
    }
}
