using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using Streamx.Hosting.RabbitMQ.Tests.Faults.Processes;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Matrix;

/// <summary>A network that carries nothing for a while: both sides keep their connections until they notice.</summary>
[Trait("Length", "long")]
public sealed class CutTests(OneNode broker) : FaultTests
{
    private const int Window = 16;

    [Fact]
    public Task Connections_CutForAWhile_FlowGoesOn() =>
        Task.WhenAll(
            CutAsync("all connections", Direction.Both, "a", "b", Producer),
            CutAsync("all connections, towards the broker only,", Direction.ToServer, "a", "b", Producer),
            CutAsync("all connections, from the broker only,", Direction.FromServer, "a", "b", Producer),
            CutAsync("the producer's connection", Direction.Both, Producer),
            CutAsync("the active consumer's connection", Direction.Both, "a"));

    [Fact]
    public async Task Connections_Reset_FlowGoesOn()
    {
        await using var proxy = new TcpProxy(broker.Uri);
        await EachAsync(broker.Uri, [Window], async scene =>
        {
            foreach (var role in Scene.Names.Append(Producer)) Start(scene, role, proxy.Uri);
            await scene.FlowAsync();

            scene.Fault("all connections reset");
            proxy.Reset();
            await scene.FlowAsync();
        });
    }

    /// <summary>Cuts some off; where that leaves others, those have a standby that is not cut off.</summary>
    private async Task CutAsync(string what, Direction direction, params string[] cut)
    {
        await using var proxy = new TcpProxy(broker.Uri);
        await EachAsync(broker.Uri, [Window], async scene =>
        {
            foreach (var role in Scene.Names.Append(Producer)) Start(scene, role, cut.Contains(role) ? proxy.Uri : broker.Uri);
            await scene.FlowAsync();
            if (cut.Length == 1) await StartAsync(scene, cut);

            foreach (var seconds in new[] { 1, 30 })
            {
                scene.Fault($"{what} cut for {seconds} s");
                proxy.Cut(direction);
                await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
                proxy.Mend();
                await scene.FlowAsync(100);
            }
        });
    }
}
