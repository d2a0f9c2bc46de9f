using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Matrix;

/// <summary>Producers and consumers that crash.</summary>
public sealed class ProcessFaultTests(OneNode broker) : FaultTests
{
    [Fact]
    [Trait("Length", "long")]
    public Task Consumers_Killed_StandbyOrTheNextOneGoesOn() =>
        EachAsync(broker.Uri, Windows, async scene =>
        {
            await StartAsync(scene, "a", "a", "b", Producer);

            scene.Fault("active consumer killed, a standby takes over");
            await scene.Active("a").KillAsync();
            await scene.FlowAsync();

            scene.Fault("last consumer killed, started again after 10 s");
            await scene.Active("a").KillAsync();
            await Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System);
            scene.StartConsumer("a");
            await scene.FlowAsync();
        });

    [Fact]
    [Trait("Length", "long")]
    public Task Producers_Killed_StandbyOrTheNextOneGoesOn() =>
        EachAsync(broker.Uri, Windows, async scene =>
        {
            await StartAsync(scene, "a", "b", Producer, Producer);

            scene.Fault("producer killed, a standby takes over");
            await scene.Leader().KillAsync();
            await scene.FlowAsync();

            scene.Fault("last producer killed, started again");
            await scene.Leader().KillAsync();
            scene.StartProducer();
            await scene.FlowAsync();
        });

    [Fact]
    public Task ProducerAndConsumer_KilledTogether_StandbysOrTheNextOnesGoOn() =>
        EachAsync(broker.Uri, [16], async scene =>
        {
            await StartAsync(scene, "a", "a", "b", Producer, Producer);

            scene.Fault("producer and active consumer killed, standbys take over");
            await Task.WhenAll(scene.Leader().KillAsync(), scene.Active("a").KillAsync());
            await scene.FlowAsync();

            scene.Fault("last producer and last consumer killed, both started again");
            await Task.WhenAll(scene.Leader().KillAsync(), scene.Active("a").KillAsync());
            scene.StartProducer();
            scene.StartConsumer("a");
            await scene.FlowAsync();
        });
}
