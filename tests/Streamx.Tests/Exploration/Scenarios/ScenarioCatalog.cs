using System.Reflection;
using Streamx.Tests.Exploration.Scheduling;

namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>The scenarios.</summary>
internal static class ScenarioCatalog
{
    /// <summary>How many schedules of each scenario come before more of any: most defects show early in one of them.</summary>
    private const int FirstLook = 40;

    /// <summary>Every scenario there is.</summary>
    internal static IReadOnlyList<Scenario> All { get; } =
    [
        .. PutAgainstLeave.All,
        .. PutCancellationAgainstCommit.All,
        .. OfBothKinds(PutManyAgainstEverything.All),
        .. CloseAgainstPutAndSubscribe.All,
        .. FaultAgainstEverything.All,
        .. LastFinishAgainstJoin.All,
        .. OfBothKinds(FlushAgainstFinish.All),
        .. OfBothKinds(BatchAgainstEnd.All),
        .. OfBothKinds(RunAgainstEverything.All),
        .. OfBothKinds(AnyOrderAgainstEverything.All),
        .. OfBothKinds(BeginAgainstEverything.All),
        .. LatestAgainstEverything.All,
        .. WaiterRecycling.All,
        .. Misuse.All,
        .. NoSubscription.All,
    ];

    /// <summary>Explores one family, or all: every scenario a little, then all of them as far as is wanted.</summary>
    /// <param name="stream">The assembly that is to be explored: the check that it really is.</param>
    /// <param name="family">The family, or null for all.</param>
    /// <param name="maxPreemptions">The bound.</param>
    /// <param name="maxSchedules">The cap for each scenario.</param>
    /// <remarks>Called by name, in a copy of this assembly that was loaded beside a mutated stream.</remarks>
    /// <returns>How many schedules ran, and what was found, or null.</returns>
    internal static (int Schedules, string? Finding) Explore(Assembly stream, string? family, int maxPreemptions, int maxSchedules)
    {
        if (typeof(AsyncStream<>).Assembly != stream) throw new InvalidOperationException("The scenarios have been bound to another stream.");
        using var explorer = new Explorer();
        var schedules = 0;
        foreach (var cap in new[] { Math.Min(FirstLook, maxSchedules), maxSchedules })
        {
            foreach (var scenario in All.Where(scenario => family is null || scenario.Family == family))
            {
                var result = explorer.Explore(scenario, maxPreemptions, cap);
                schedules += result.Schedules;
                if (result.Finding is { } finding) return (schedules, finding.ToString());
            }
        }

        return (schedules, null);
    }

    /// <summary>Each scenario with references, and with plain values.</summary>
    private static IEnumerable<Scenario> OfBothKinds(IEnumerable<Scenario> scenarios) =>
        scenarios.SelectMany(scenario => new[] { scenario, scenario with { IsPlain = true } });
}
