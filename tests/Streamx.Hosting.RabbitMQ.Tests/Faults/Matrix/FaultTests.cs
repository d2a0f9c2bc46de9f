using Streamx.Hosting.RabbitMQ.Tests.Faults.Processes;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Matrix;

/// <summary>
/// What is done to real processes while values flow. In each case nothing is lost, the order is kept, only what is marked comes again
/// and never more than the window (two, where nodes of the broker are lost), and the flow goes on. Each prints a row: the fault, the window, how many values, how many of them
/// repeated by each name, and the longest stall in seconds.
/// </summary>
public abstract class FaultTests
{
    private protected const string Producer = "producer";

    /// <summary>The same is done to a stream of each, at the same time.</summary>
    private protected static int[] Windows => [1, 16];

    /// <summary>Does the same to streams of several windows.</summary>
    private protected static Task EachAsync(Uri broker, int[] windows, Func<Scene, Task> run, int slots = 1) =>
        RunAsync(windows.Select(window => new Scene(window, broker) { Slots = slots }), scenes => Task.WhenAll(scenes.Select(run)));

    /// <summary>Does something to the nodes of a broker that carries streams of several windows.</summary>
    private protected static Task TogetherAsync(Uri[] nodes, int[] windows, Func<Scene[], Task> run) =>
        RunAsync(windows.Select(window => new Scene(window, nodes) { LosesNodes = true }), run);

    private static async Task RunAsync(IEnumerable<Scene> all, Func<Scene[], Task> run)
    {
        var scenes = all.ToArray();
        try
        {
            await run(scenes);
            foreach (var row in (await Task.WhenAll(scenes.Select(scene => scene.FinishAsync()))).SelectMany(rows => rows))
                TestContext.Current.TestOutputHelper!.WriteLine(row);
        }
        finally
        {
            foreach (var scene in scenes) await scene.DisposeAsync();
        }
    }

    /// <summary>Starts processes, and waits until values flow and everybody is in line.</summary>
    private protected static async Task StartAsync(Scene scene, params string[] roles)
    {
        foreach (var role in roles) Start(scene, role);
        await scene.FlowAsync();
        await scene.InLineAsync();
    }

    private protected static WorkerProcess Start(Scene scene, string role, params Uri[] through) =>
        role == Producer ? scene.StartProducer(through) : scene.StartConsumer(role, through);
}
