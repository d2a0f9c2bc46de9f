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

    private static readonly int s_seeds = Read("STREAMX_SEEDS", 1000);
    private static readonly int s_first = Read("STREAMX_SEED", 1);

    public static TheoryData<string> Bugs => [.. Enum.GetNames<StoreBug>().Where(name => name != nameof(StoreBug.None))];

    [Fact]
    public async Task Cluster_FaultsAtEveryStep_KeepsItsPromises()
    {
        await Task.Yield();
        var (faults, handled, repeated, processes) = (0L, 0L, 0L, 0L);
        List<string> findings = [];
        for (var seed = s_first; seed < s_first + s_seeds; seed++)
        {
            var simulation = new ClusterSimulation(seed, showsSteps: s_seeds == 1);
            if (await simulation.RunAsync() is { } problem)
            {
                findings.Add($"STREAMX_SEED={seed}: {problem}");
                if (s_seeds == 1) output.WriteLine(simulation.Ledger.Course);
            }

            faults += simulation.Faults;
            handled += simulation.Ledger.Handled;
            repeated += simulation.Ledger.Repeated;
            processes += simulation.Processes;
        }

        output.WriteLine($"{s_seeds} clusters, {processes} processes, {faults} faults, {handled} values handled, {repeated} of them again.");
        var rows = string.Join(Environment.NewLine, findings.Take(50));
        Assert.True(findings.Count == 0, $"{findings.Count} of {s_seeds} seeds; STREAMX_SEEDS=1 shows the course of one.{Environment.NewLine}{rows}");
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
            var (first, second) = (new ClusterSimulation(seed), new ClusterSimulation(seed));
            await first.RunAsync();
            await second.RunAsync();

            Assert.Equal(first.Ledger.Course, second.Ledger.Course);
        }
    }

    private static int Read(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
