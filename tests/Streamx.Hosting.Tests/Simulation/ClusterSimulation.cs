using Streamx.TestUtilities.Clocks;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Simulation;

/// <summary>A cluster of processes on one store, driven step by step.</summary>
/// <remarks>
/// Which step comes next, and what goes wrong at it, follows from a seed. Between two steps everything comes to rest. A step is the next
/// timer of the clock, or something that is done to a process. After some steps nothing goes wrong any more, so that everything has to come
/// to its end. Processes that were killed or stopped are started again, and those of consumers also after the stream has ended, while there
/// is something for them to do. Has to run on <see cref="OneThread"/>.
/// </remarks>
internal sealed partial class ClusterSimulation
{
    /// <summary>How long, by the simulated clock, the cluster may take to come to its end once nothing goes wrong any more.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>How long it takes at least until a consumer that is needed runs again.</summary>
    private static readonly TimeSpan s_restart = TimeSpan.FromMilliseconds(15);

    private readonly SimulationPlan _plan;
    private readonly Dice _dice;
    private readonly SimulatedClock _clock = new();
    private readonly InMemoryStore _store;
    private readonly RandomFaults _faults;
    private readonly List<SimulatedProcess> _processes = [];

    /// <summary>Ends when producers may come to their end.</summary>
    private readonly TaskCompletionSource _whenToEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When things ceased to go wrong.</summary>
    private TimeSpan _calmSince;

    /// <summary>From when on consumers may be started again.</summary>
    private TimeSpan _restartAt;

    /// <summary>Roles of processes that were killed or stopped, to be started again.</summary>
    private readonly List<SimulatedRole> _absent = [];

    /// <summary>Prepares it.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="bug">A defect of the store.</param>
    /// <param name="keepsCourse">Whether the course of events is kept.</param>
    /// <param name="showsSteps">Whether it has each step between a process and the store, too.</param>
    internal ClusterSimulation(int seed, StoreBug bug = StoreBug.None, bool keepsCourse = false, bool showsSteps = false)
    {
        _plan = new SimulationPlan(seed);
        _dice = new Dice(seed, kind: 1003);
        _store = new InMemoryStore(_clock)
        {
            Lease = TimeSpan.FromMilliseconds(30),
            Bug = bug,
            Window = _plan.Window,
            Trace = showsSteps ? what => Ledger!.Note($"    {what}") : null,
        };
        _faults = new RandomFaults(seed, _plan.IsCalm, _plan.BeginDelay);
        if (!_plan.EndsTogether) _whenToEnd.SetResult();
        Ledger = new Ledger(_store, _plan.Window, _plan.Consumers) { KeepsCourse = keepsCourse };
    }

    /// <summary>What was seen.</summary>
    internal Ledger Ledger { get; }

    /// <summary>How many things have been done to processes, and steps have gone wrong.</summary>
    internal int Faults => _faults.Count + Disturbances;

    /// <summary>How many things have been done to processes.</summary>
    internal int Disturbances { get; private set; }

    /// <summary>How many processes have run.</summary>
    internal int Processes => _processes.Count;

    /// <summary>Runs it to its end.</summary>
    /// <returns>The promise that was broken; null for none.</returns>
    internal async Task<string?> RunAsync()
    {
        try
        {
            await _store.CreateProcess("operator").RegisterAsync(_plan.Consumers, default);
            foreach (var role in _plan.Roles) await StartAsync(role);
            _store.Faults = _faults;
            for (var step = 0; step < _plan.Steps && Problem is null && !HasEnded; step++) await DisturbAsync();
            await CalmAsync();
            while (Problem is null && !HasEnded && _clock.Elapsed < s_patience + _calmSince)
            {
                // Where nothing waits for time, or only for a time that is far ahead, it passes until a consumer may be needed again.
                await StepAsync(static simulation =>
                {
                    if (!simulation._clock.AdvanceToNext(s_restart)) simulation._clock.Advance(s_restart);
                });
                await EndAsync();
                await RestartConsumersAsync();
                await StopThoseLeftAsync();
            }

            if (Problem is null && !HasEnded) Ledger.Fail($"The cluster has not come to its end: {Describe()}");
            if (Problem is null) Ledger.CheckLosses(_processes.Sum(process => process.ValuesLost));
            if (Problem is null) Ledger.CheckEnd();
            return Problem;
        }
        finally
        {
            foreach (var process in _processes) process.Dispose();
            await OneThread.IdleAsync();
        }
    }

    private string? Problem => Ledger.Problem ?? _store.Problem;

    private IEnumerable<SimulatedProcess> Running => _processes.Where(process => !process.IsDead && !process.IsEnding);

    private bool HasEnded =>
        _absent.Count == 0 && _processes.TrueForAll(process => process.IsDead || process.HasStopped) && !_plan.Consumers.Any(_store.HasUnfinished);

    private string Describe() =>
        string.Join(" | ", _processes.Where(process => !process.HasStopped && !process.IsDead).Select(process => process.Describe()));

    private async Task StartAsync(SimulatedRole role)
    {
        var process = new SimulatedProcess(_plan, role, _processes.Count + 1, _store, Ledger, _whenToEnd.Task);
        _processes.Add(process);
        Ledger.Note($"{process.Name} starts: {(role.Produces ? "producer " : null)}{string.Join(' ', role.Consumers)}");
        await process.StartAsync();
        await OneThread.IdleAsync();
    }

    /// <summary>Has the stream come to its end once every put has.</summary>
    private async Task EndAsync()
    {
        if (_whenToEnd.Task.IsCompleted || _processes.Exists(process => process.IsEnding && !process.HasStopped && !process.IsDead)) return;
        if (!_processes.Exists(process => process.IsProducing))
        {
            Ledger.Note("the end");
            _whenToEnd.SetResult();
            await OneThread.IdleAsync();
        }
        else if (Running.FirstOrDefault(process => process.Transport == _store.Leader) is { IsProducing: false } leader)
        {
            // Another has puts, which wait until it leads.
            Ledger.Note($"{leader.Name} stopped");
            await StepAsync(_ => leader.Stop());
            await RestartAsync(leader.Role with { Produces = false });
        }
    }

    private async Task RestartAsync(SimulatedRole role)
    {
        if (role.Produces || role.Consumers.Count > 0) await StartAsync(role);
    }

    /// <summary>
    /// Stops processes of consumers that have registered again since the stream ended, after they had been retired or the store had lost everything:
    /// they wait until it is opened.
    /// </summary>
    private async Task StopThoseLeftAsync()
    {
        if (!(_plan.HasRetirements || _plan.HasWipes) || _store.Leader is not null || _clock.Elapsed < _calmSince + (s_patience / 2)) return;
        SimulatedProcess[] left = [.. Running];
        if (left.Length == 0 || _plan.Consumers.Any(_store.HasUnfinished) || Array.Exists(left, process => process.IsProducing)) return;
        await StepAsync(_ => Array.ForEach(left, process => process.Stop()));
    }

    /// <summary>Starts a process for each consumer that has none, as long as there is something for it to do, or may be.</summary>
    private async Task RestartConsumersAsync()
    {
        if (_clock.Elapsed < _restartAt) return;
        _restartAt = _clock.Elapsed + s_restart;
        var mayComeMore = Running.Any(process => process.Role.Produces && !process.HasCompleted);
        string[] needed = [.. _plan.Consumers.Where(name => (mayComeMore || _store.HasUnfinished(name)) && !_processes.Exists(process => process.Consumes(name)))];
        if (needed.Length > 0) await StartAsync(new SimulatedRole(Produces: false, needed));
    }

    /// <summary>Does something, and waits until everything has come to rest.</summary>
    private async Task StepAsync(Action<ClusterSimulation> act)
    {
        Ledger.BeginStep();
        act(this);
        await OneThread.IdleAsync();
        foreach (var process in Running.Where(process => process.WantsToStop).ToArray()) process.Stop();
        await OneThread.IdleAsync();
    }

    /// <summary>From now on nothing goes wrong any more, and everything runs that should.</summary>
    private async Task CalmAsync()
    {
        Ledger.Note("calm");
        _faults.IsCalm = true;
        _calmSince = _clock.Elapsed;
        await StepAsync(static simulation => simulation._processes.ForEach(process => process.Transport.Heal()));
        var absent = _absent.ToArray();
        _absent.Clear();
        foreach (var role in absent) await RestartAsync(role);
    }
}
