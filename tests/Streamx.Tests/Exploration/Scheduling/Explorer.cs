using Streamx.Tests.Exploration.Scenarios;

namespace Streamx.Tests.Exploration.Scheduling;

/// <summary>Runs a scenario under every schedule with few preemptions.</summary>
/// <remarks>
/// As in CHESS (Musuvathi and others, OSDI 2008): most concurrency defects need few preemptions, so schedules are bounded by their
/// number, fewest first. Every schedule runs once: each run adds those that deviate from it at one choice it made by itself.
/// Where the cap leaves some out, a fixed pseudo-random order has it leave them out everywhere alike. Nothing depends on time.
/// </remarks>
internal sealed class Explorer : IDisposable
{
    private readonly List<Carrier> _carriers = [];

    /// <summary>Explores until something is found, everything has been seen, or the cap is reached.</summary>
    internal ExplorationResult Explore(Scenario scenario, int maxPreemptions, int maxSchedules)
    {
        var waiting = Enumerable.Range(0, maxPreemptions + 1).Select(_ => new List<byte[]>()).ToArray();
        waiting[0].Add([]);
        var count = 0;
        var random = 12345u;
        while (Array.FindIndex(waiting, list => list.Count > 0) is var preemptions and >= 0)
        {
            if (count == maxSchedules) return new ExplorationResult(count, IsComplete: false, Finding: null);
            var list = waiting[preemptions];
            random = (random * 1_664_525) + 1_013_904_223;
            var pick = (int)((random >> 8) % (uint)list.Count);
            var schedule = list[pick];
            list[pick] = list[^1];
            list.RemoveAt(list.Count - 1);

            var (steps, finding) = Run(scenario, schedule);
            count++;
            if (finding is not null) return new ExplorationResult(count, IsComplete: false, finding);
            AddDeviations(waiting, schedule.Length, steps);
        }

        return new ExplorationResult(count, IsComplete: true, Finding: null);
    }

    /// <summary>Runs one schedule.</summary>
    internal (IReadOnlyList<Step> Steps, Finding? Finding) Run(Scenario scenario, byte[] schedule)
    {
        var world = new World(scenario.IsPlain);
        scenario.Arrange(world);
        var execution = world.CreateExecution(schedule);
        while (_carriers.Count < world.ThreadCount) _carriers.Add(new Carrier());
        if (!execution.Run(_carriers)) _carriers.Clear();
        return (execution.Steps, execution.Problem is { } problem ? Describe(scenario, world, execution, problem) : null);
    }

    public void Dispose() => _carriers.ForEach(carrier => carrier.Stop());

    private static Finding Describe(Scenario scenario, World world, Execution execution, string problem) => new(
        scenario.Name, Schedule.Format(execution.Steps.Select(step => step.Chosen)), $"{problem}{Environment.NewLine}{world.Describe()}", execution.Trace);

    /// <summary>Adds every schedule that follows a run up to one choice and makes that differently.</summary>
    private static void AddDeviations(List<byte[]>[] waiting, int given, IReadOnlyList<Step> steps)
    {
        var preemptions = 0;
        for (var i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            foreach (var option in i < given ? [] : step.Options)
            {
                var total = preemptions + step.CostOf(option);
                if (option == step.Chosen || total >= waiting.Length) continue;
                var deviation = new byte[i + 1];
                for (var j = 0; j < i; j++) deviation[j] = steps[j].Chosen;
                deviation[i] = option;
                waiting[total].Add(deviation);
            }

            preemptions += step.CostOf(step.Chosen);
        }
    }
}
