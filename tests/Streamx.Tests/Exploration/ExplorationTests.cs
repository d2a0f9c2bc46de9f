#if DEBUG
using Streamx.Tests.Exploration.Scenarios;
using Streamx.Tests.Exploration.Scheduling;

namespace Streamx.Tests.Exploration;

/// <summary>
/// Walks through the interleavings of small scenarios, up to a number of preemptions. Debug builds only: elsewhere there are
/// no points. <c>STREAMX_PREEMPTIONS</c> explores further; <c>STREAMX_SCHEDULE</c>, as a failure prints it, replays one schedule.
/// </summary>
public sealed class ExplorationTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. ScenarioCatalog.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Stream_EveryScheduleWithFewPreemptions_KeepsItsContract(string name)
    {
        var scenario = ScenarioCatalog.All.Single(scenario => scenario.Name == name);
        using var explorer = new Explorer();

        var result = Replayed(scenario) is { } schedule
            ? new ExplorationResult(1, IsComplete: false, explorer.Run(scenario, schedule).Finding)
            : explorer.Explore(scenario, Bounds.Preemptions, Bounds.Schedules);

        output.WriteLine($"{result.Schedules} schedules{(result.IsComplete ? ", all within the bound" : string.Empty)}");
        Assert.True(result.Finding is null, result.Finding?.ToString());
    }

    /// <summary>The schedule to replay, if it is one of this scenario.</summary>
    private static byte[]? Replayed(Scenario scenario) =>
        Environment.GetEnvironmentVariable("STREAMX_SCHEDULE")?.Split(':') is [var name, var schedule] && name == scenario.Name ? Schedule.Parse(schedule) : null;
}
#endif
