using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Support;

/// <summary>Waits for a stream's queues to be on the disk of a node.</summary>
internal static class Storing
{
    /// <inheritdoc cref="BrokerNode.StoredAsync"/>
    public static async Task StoredAsync(this BrokerNode node, Topology topology, IEnumerable<string> names)
    {
        foreach (var queue in names.SelectMany(name => new[] { topology.Values(name), topology.Checkpoint(name) }).Append(topology.Lock).Append(topology.Registry).Append(topology.Ends).Append(topology.State))
            await node.StoredAsync(queue);
    }
}
