using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using Streamx.Hosting.RabbitMQ.Tests.Faults.Processes;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Matrix;

/// <summary>A broker of one node that goes down and comes back, under real processes.</summary>
[Trait("Length", "long")]
public sealed class BrokerRestartTests : FaultTests
{
    [Fact]
    public async Task Broker_DownAndUpAgain_FlowGoesOn()
    {
        await using var cluster = await BrokerCluster.StartAsync(1);
        var node = cluster.Nodes[0];
        await TogetherAsync([node.Uri], Windows, async scenes =>
        {
            await Task.WhenAll(scenes.Select(scene => StartAsync(scene, "a", "a", "b", Producer)));
            foreach (var scene in scenes) await node.StoredAsync(scene.Topology, Scene.Names);

            foreach (var scene in scenes) scene.Fault("the only node shut down and started again");
            await node.StopAsync();
            await node.StartAsync();
            await Task.WhenAll(scenes.Select(scene => scene.FlowAsync()));

            foreach (var scene in scenes) scene.Fault("the only node killed and started again");
            await node.KillAsync();
            await node.StartAsync();
            await Task.WhenAll(scenes.Select(scene => scene.FlowAsync()));
        });
    }
}
