namespace Streamx.Hosting.Tests.Simulation;

/// <summary>The cluster of a simulation, as its seed has it.</summary>
internal sealed class SimulationPlan
{
    private static readonly int[] s_windows = [1, 1, 2, 3, 4, 8];

    /// <summary>Makes a plan.</summary>
    /// <param name="seed">The seed.</param>
    internal SimulationPlan(int seed)
    {
        Seed = seed;
        EndsTogether = new Dice(seed, kind: 1006).In100(50);
        var troubles = new Dice(seed, kind: 1009);
        (HasFailures, HasWipes, HasRetirements, HasLosses) = (troubles.In100(40), troubles.In100(20), troubles.In100(20), troubles.In100(20));
        var calls = new Dice(seed, kind: 1012);
        (PutsMany, CancelsPuts) = (calls.In100(60), calls.In100(40));
        var slots = new Dice(seed, kind: 1020);
        (HasSlots, MoreSlots) = (slots.In100(50), slots.Below(4));
        var dice = new Dice(seed, kind: 1000);
        Window = s_windows[dice.Below(s_windows.Length)];
        ValuesPerProducer = 4 + dice.Below(13);
        Steps = 30 + dice.Below(90);
        IsCalm = dice.In100(5);
        BeginDelay = TimeSpan.FromMilliseconds(new Dice(seed, kind: 1005).Below(2));
        Consumers = [.. new[] { "first", "second", SimulatedBatches.Name, SimulatedLoop.Name }.Where(_ => dice.In100(50))];
        if (Consumers.Count == 0) Consumers = ["first"];
        var processes = 2 + dice.Below(3);
        var roles = Enumerable.Range(0, processes).Select(_ => (Produces: false, Consumers: new List<string>())).ToArray();
        // One of each at least, and mostly a standby.
        roles[dice.Below(processes)].Produces = true;
        if (dice.In100(70)) roles[dice.Below(processes)].Produces = true;
        foreach (var consumer in Consumers)
        {
            var (one, other) = (dice.Below(processes), dice.In100(60) ? dice.Below(processes) : -1);
            roles[one].Consumers.Add(consumer);
            if (other >= 0 && other != one) roles[other].Consumers.Add(consumer);
        }

        Roles =
        [
            .. roles.Where(role => role.Produces || role.Consumers.Count > 0).Select(role => new SimulatedRole(role.Produces, role.Consumers)),
        ];
    }

    /// <summary>The seed.</summary>
    internal int Seed { get; }

    /// <summary>Whether the code of consumers fails now and then: it is tried again, skipped, or restarted.</summary>
    internal bool HasFailures { get; }

    /// <summary>Whether consumers that are not loops handle several items at once.</summary>
    internal bool HasSlots { get; }

    /// <summary>How many items that are, more than one: as many as the window allows.</summary>
    internal int MoreSlots { get; }

    /// <summary>Whether the store loses everything now and then.</summary>
    internal bool HasWipes { get; }

    /// <summary>Whether consumers are retired now and then, also while their processes run.</summary>
    internal bool HasRetirements { get; }

    /// <summary>Whether the store loses single values now and then.</summary>
    internal bool HasLosses { get; }

    /// <summary>Whether producers put many values by one call now and then.</summary>
    internal bool PutsMany { get; }

    /// <summary>Whether producers cancel their calls now and then.</summary>
    internal bool CancelsPuts { get; }

    /// <summary>Whether producers return once nothing goes wrong any more and every put has ended, rather than each as soon as its own have.</summary>
    internal bool EndsTogether { get; }

    /// <summary>The stream's window.</summary>
    internal int Window { get; }

    /// <summary>How many values each producer puts.</summary>
    internal int ValuesPerProducer { get; }

    /// <summary>For how many steps things go wrong.</summary>
    internal int Steps { get; }

    /// <summary>Whether nothing goes wrong at all.</summary>
    internal bool IsCalm { get; }

    /// <summary>How long it takes to begin an epoch at least: no time at all for half of the seeds.</summary>
    internal TimeSpan BeginDelay { get; }

    /// <summary>The registered consumers.</summary>
    internal IReadOnlyList<string> Consumers { get; }

    /// <summary>What each process runs.</summary>
    internal IReadOnlyList<SimulatedRole> Roles { get; }
}
