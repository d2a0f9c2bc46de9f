using System.Globalization;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Simulation;

/// <summary>
/// Whole clusters in one process: nothing that was accepted is lost, the order is kept, repeats are marked and go back by a window at most,
/// only the active process begins values, every put ends, and so does every process.
/// </summary>
/// <param name="output">Where figures go.</param>
[Collection(SimulationCollection.Name)]
public sealed class SimulationTests(ITestOutputHelper output)
{
    /// <summary>The most seeds a bug may take to be found.</summary>
    private const int SeedsPerBug = 5000;

    private static readonly int s_seeds = Read("STREAMX_SEEDS", 10_000);
    private static readonly int s_first = Read("STREAMX_SEED", 1);
    private static readonly int s_processes = Read("STREAMX_PROCESSES", Environment.ProcessorCount);

    public static TheoryData<string> Bugs => [.. Enum.GetNames<StoreBug>().Where(name => name != nameof(StoreBug.None))];

    [Fact]
    public async Task Cluster_FaultsAtEveryStep_KeepsItsPromises()
    {
        await Task.Yield();
        // A few seeds take less time than to start processes.
        var isShared = SimulationProcesses.ResultPath is null && s_processes > 1 && s_seeds >= 1000;
        var test = $"{typeof(SimulationTests).FullName}.{nameof(Cluster_FaultsAtEveryStep_KeepsItsPromises)}";

        var result = isShared ? await SimulationProcesses.RunAsync(test, s_first, s_seeds, s_processes) : await RunSeedsAsync();

        output.WriteLine($"{result}");
        if (SimulationProcesses.ResultPath is { } path) result.Write(path);
        var rows = string.Join(Environment.NewLine, result.Findings.Take(50));
        Assert.True(
            result.Findings.Count == 0,
            $"{result.Findings.Count} of {s_seeds} seeds; STREAMX_SEEDS=1 shows the course of one.{Environment.NewLine}{rows}");
    }

    [Theory]
    [MemberData(nameof(Bugs))]
    public async Task Cluster_StoreWithABug_BreaksAPromise(string bug)
    {
        await Task.Yield();
        for (var seed = 1; seed <= SeedsPerBug; seed++)
        {
            if (await new ClusterSimulation(seed, Enum.Parse<StoreBug>(bug)).RunAsync() is not { } problem) continue;
            output.WriteLine($"Found with seed {seed}: {problem}");
            return;
        }

        Assert.Fail($"{SeedsPerBug} seeds have not found {bug}.");
    }

    [Fact]
    public async Task Seed_RunTwice_TakesTheSameCourse()
    {
        await Task.Yield();
        for (var seed = 1; seed <= 50; seed++)
        {
            var (first, second) = (new ClusterSimulation(seed, keepsCourse: true), new ClusterSimulation(seed, keepsCourse: true));
            await first.RunAsync();
            await second.RunAsync();

            Assert.NotEmpty(first.Ledger.Course);
            Assert.Equal(first.Ledger.Course, second.Ledger.Course);
        }
    }

    private async Task<SimulationResult> RunSeedsAsync()
    {
        SimulationResult result = new();
        for (var seed = s_first; seed < s_first + s_seeds; seed++)
        {
            var cluster = new ClusterSimulation(seed, keepsCourse: s_seeds == 1, showsSteps: s_seeds == 1);
            result.Add(seed, cluster, await cluster.RunAsync());
            if (s_seeds == 1 && result.Findings.Count > 0) output.WriteLine(cluster.Ledger.Course);
        }

        return result;
    }

    private static int Read(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
