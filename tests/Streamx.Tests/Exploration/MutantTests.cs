#if DEBUG
using Streamx.Tests.Exploration.Mutants;
using Streamx.Tests.Exploration.Scenarios;

namespace Streamx.Tests.Exploration;

/// <summary>Tests the scenarios: each finds the defects seeded for it, and none in the stream as it is.</summary>
public sealed class MutantTests(MutantCompiler compiler, ITestOutputHelper output) : IClassFixture<MutantCompiler>
{
    public static TheoryData<string> Names => [.. MutantCatalog.All.Select(mutant => mutant.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Exploration_SeededDefect_FindsIt(string name)
    {
        var mutant = MutantCatalog.All.Single(mutant => mutant.Name == name);
        var count = compiler.Count(mutant);
        Assert.True(count == 1, $"'{mutant.Find}' stands {count} times in src/Streamx/{mutant.File}, not once. The source has changed: bring the mutant up to date.");

        var (schedules, finding) = compiler.Explore(mutant, mutant.Family, Bounds.Preemptions, Bounds.Schedules);

        Assert.True(finding is not null, $"{schedules} schedules of {mutant.Family} did not find {mutant.Name}. {mutant.Why}");
        output.WriteLine($"{mutant.Name}: found after {schedules} schedules. {finding}");
    }

    [Fact]
    public void Exploration_NoDefect_FindsNothing()
    {
        var (schedules, finding) = compiler.Explore(mutant: null, family: null, maxPreemptions: 1, maxSchedules: 20);

        Assert.Null(finding);
        Assert.True(schedules > ScenarioCatalog.All.Count, "Hardly anything was explored.");
    }

    [Fact]
    public void Mutants_OfEveryFamily_AreThere() =>
        Assert.Superset(MutantCatalog.All.Select(mutant => mutant.Family).ToHashSet(), ScenarioCatalog.All.Select(scenario => scenario.Family).ToHashSet());
}
#endif
