using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using Streamx.Hosting.RabbitMQ.Tests.Faults.Processes;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Matrix;

/// <summary>Processes that hang until another has their place, and then go on.</summary>
[Trait("Length", "long")]
public sealed class HangTests(OneNode broker) : FaultTests
{
    [Fact]
    public Task Producer_StoppedUntilAnotherLeads_WritesNothingWhenItGoesOn() =>
        EachAsync(broker.Uri, Windows, async scene =>
        {
            await StartAsync(scene, "a", "b", Producer, Producer);
            var stopped = scene.Leader();

            scene.Fault("producer stopped until the standby leads, then continued");
            await stopped.StopAsync();
            await scene.UntilAsync(() => scene.Leader() != stopped, "the standby to lead");
            await stopped.ContinueAsync();
            await scene.FlowAsync(200);

            var own = scene.Logs.Puts.Where(put => put.Producer == stopped.Name).Select(put => put.Value).ToHashSet();
            Assert.All(Scene.Names, name => Assert.DoesNotContain(
                scene.Logs.Handlings.Where(handling => handling.Name == name).SkipWhile(handling => own.Contains(handling.Value)), handling => own.Contains(handling.Value)));
        });

    [Fact]
    public Task Consumer_StoppedUntilAnotherIsActive_BeginsNothingOfItsWhenItGoesOn() =>
        EachAsync(broker.Uri, Windows, async scene =>
        {
            await StartAsync(scene, "a", "a", "b", Producer);
            var stopped = scene.Active("a");

            scene.Fault("active consumer stopped until the standby is active, then continued");
            await stopped.StopAsync();
            await scene.FlowAsync();
            await stopped.ContinueAsync();
            await scene.FlowAsync(200);
        });
}
