using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using Streamx.Hosting.RabbitMQ.Tests.Faults.Processes;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Matrix;

/// <summary>A cluster of three nodes that loses some: with two it goes on, with one it waits for another.</summary>
[Trait("Length", "long")]
public sealed class ThreeNodeTests : FaultTests
{
    [Fact]
    public async Task Nodes_Killed_FlowGoesOn()
    {
        await using var cluster = await BrokerCluster.StartAsync(3);
        Uri[] uris = [.. cluster.Nodes.Select(node => node.Uri)];
        await TogetherAsync(uris, Windows, async scenes =>
        {
            // On queues that one node leads, so that to kill that one is as bad as it can be.
            foreach (var scene in scenes)
                await new RabbitMqTransport("faults", new RabbitMqOptions { Uri = uris[0], Prefix = scene.Prefix }, TimeProvider.System).RegisterAsync(Scene.Names, default);
            await Task.WhenAll(scenes.Select(scene => StartAsync(scene, "a", "a", "b", Producer, Producer)));

            foreach (var fault in new[] { "the leader of three nodes killed", "another leader killed after it is back" })
            {
                var leader = await LeaderAsync(cluster, scenes[0].Topology.Values("a"));
                foreach (var scene in scenes) scene.Fault(fault);
                await leader.KillAsync();
                await FlowAsync(scenes);
                await leader.StartAsync();
                await FlowAsync(scenes);
            }

            var last = await LeaderAsync(cluster, scenes[0].Topology.Values("a"));
            var down = cluster.Nodes.OrderBy(node => node == last ? 0 : 1).Take(2).ToList();
            foreach (var scene in scenes) scene.Fault("two of three nodes killed, both started again");
            await Task.WhenAll(down.Select(node => node.KillAsync()));
            await Task.WhenAll(down.Select(node => node.StartAsync()));
            await FlowAsync(scenes);
        });
    }

    /// <summary>
    /// A process makes the queue again before the broker has ended its consumers: one time in about ten the broker has them consume the
    /// new queue, and loses what it delivers to them.
    /// </summary>
    [Fact]
    public async Task Queue_DeletedAgainAndAgain_FlowGoesOn()
    {
        await using var cluster = await BrokerCluster.StartAsync(3);
        Uri[] uris = [.. cluster.Nodes.Select(node => node.Uri)];
        await TogetherAsync(uris, [2], async scenes =>
        {
            var scene = scenes[0];
            await StartAsync(scene, "a", "b", "b", Producer, Producer);
            scene.Fault("a queue deleted 30 times");
            for (var i = 0; i < 30; i++)
            {
                await using var admin = await Administration.OpenAsync(uris[i % uris.Length]);
                await admin.DeleteQueueAsync(scene.Topology.Values("b"));
                await scene.FlowAsync(20);
            }
        });
    }

    /// <summary>The node that leads a queue.</summary>
    private static async Task<BrokerNode> LeaderAsync(BrokerCluster cluster, string queue)
    {
        var lines = await cluster.Nodes[0].ControlAsync("-q", "list_queues", "--no-table-headers", "name", "leader");
        var line = lines.Split('\n').Single(line => line.StartsWith($"{queue}\t", StringComparison.Ordinal));
        return cluster.Nodes.Single(node => node.Name == line.Split('\t')[1].Trim());
    }

    private static Task FlowAsync(Scene[] scenes) => Task.WhenAll(scenes.Select(scene => scene.FlowAsync()));
}
