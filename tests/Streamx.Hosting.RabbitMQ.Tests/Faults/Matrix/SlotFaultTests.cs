using System.Globalization;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Matrix;

/// <summary>Consumers that crash with several values in hand, of which newer ones are finished before older ones.</summary>
public sealed class SlotFaultTests(OneNode broker) : FaultTests
{
    /// <summary>How often the active consumer is killed: <c>STREAMX_KILLS</c>.</summary>
    private static readonly int s_kills = int.Parse(
        Environment.GetEnvironmentVariable("STREAMX_KILLS") is { Length: > 0 } kills ? kills : "2", CultureInfo.InvariantCulture);

    [Fact]
    public Task ConsumerWithEightSlots_Killed_NothingIsLostAndRepeatsAreMarked() =>
        EachAsync(
            broker.Uri,
            [16],
            async scene =>
            {
                await StartAsync(scene, "a", "a", "b", Producer);
                for (var kill = 1; kill <= s_kills; kill++)
                {
                    scene.Fault($"active consumer with eight slots killed, {kill}");
                    await scene.Active("a").KillAsync();
                    scene.StartConsumer("a");
                    await scene.FlowAsync();
                    await scene.InLineAsync();
                }
            },
            slots: 8);
}
