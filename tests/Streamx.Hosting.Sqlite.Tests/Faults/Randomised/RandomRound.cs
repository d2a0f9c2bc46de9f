using System.Collections.Concurrent;
using System.Globalization;
using Streamx.Hosting.Sqlite.Tests.Faults.Processes;

namespace Streamx.Hosting.Sqlite.Tests.Faults.Randomised;

/// <summary>
/// A stream whose source, one consumer that logs, and three that finish in the transactions of their effects have two processes each, and
/// faults, of which several may be under way at a time.
/// </summary>
internal sealed class RandomRound : IAsyncDisposable
{
    private static readonly int[] s_windows = [1, 2, 16, 64];
    private static readonly string[] s_roles = ["source", "logs", "effects"];

    /// <summary>Those that are repeated come more often.</summary>
    private static readonly string[] s_kinds = ["kill", "kill", "kill", "kill all", "terminate", "stop", "stop", "stop all", "lock", "lock", "fill", "fill"];

    private readonly TestFile _file = new();
    private readonly SmallDisk? _disk;
    private readonly string _path;
    private readonly int _seed;
    private readonly Random _random;
    private readonly int _window;
    private readonly ConcurrentBag<Worker> _workers = [];

    /// <summary>One fault at a time has the lock of the file, or the disk.</summary>
    private readonly SemaphoreSlim _alone = new(1);

    /// <summary>What has been done.</summary>
    private readonly List<string> _done = [];

    /// <summary>What is being done.</summary>
    private readonly List<Task> _underWay = [];

    private int _started;

    /// <summary>Prepares it.</summary>
    /// <param name="seed">Makes the same decisions again.</param>
    public RandomRound(int seed)
    {
        (_seed, _random) = (seed, new Random(seed));
        _window = s_windows[_random.Next(s_windows.Length)];
        _disk = SmallDisk.TryMount(Path.Combine(_file.Folder, "disk"), "64m");
        _path = Path.Combine(_file.Folder, "disk", "test.db");
        _file.Execute(
            $"pragma journal_mode = wal; begin; {Schema.Script} create table effects (id integer primary key, consumer text not null, value integer not null); commit;",
            _path);
    }

    /// <summary>Runs it.</summary>
    /// <param name="faults">How many faults.</param>
    /// <returns>One line that says how it went.</returns>
    public async Task<string> RunAsync(int faults)
    {
        try
        {
            foreach (var role in s_roles.SelectMany(role => new[] { role, role })) Start(role);
            await FlowAsync(10);
            for (var i = 0; i < faults; i++)
            {
                Decision decision = new(_random, s_kinds, s_roles);
                _done.Add(decision.ToString());
                _underWay.Add(FaultAsync(decision));
                await Task.Delay(decision.Pause, TimeProvider.System);
                if (!decision.IsAlone) continue;
                await Task.WhenAll(_underWay);
                await FlowAsync(decision.Values);
            }

            await Task.WhenAll(_underWay);
            await FlowAsync(50);
            return await FinishAsync();
        }
        catch (Exception error)
        {
            Assert.Fail($"STREAMX_SEED={_seed} makes the same decisions, with a window of {_window}: {string.Join("; ", _done)}.{Environment.NewLine}{error}{Environment.NewLine}{Outputs()}");
            throw;
        }
    }

    /// <summary>Ends the faults first: one that is under way would start a process that is never ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_underWay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var worker in _workers) worker.Process.Dispose();
        _disk?.Dispose();
        _file.Dispose();
        _alone.Dispose();
    }

    private Worker[] Alive => [.. _workers.Where(worker => !worker.IsEnded)];

    private async Task<string> FinishAsync()
    {
        foreach (var worker in Alive.Where(worker => worker.Role == "source")) await TerminateAsync(worker);
        await Until.TrueAsync(() => Number("select min(position) from streamx_consumers") == Number("select head from streamx_streams"));
        foreach (var worker in Alive) await TerminateAsync(worker);
        RoundCheck check = new([.. _workers], _window);
        var last = check.Last;
        var repeats = check.CheckHandled("logs", last);
        RoundCheck.CheckEffects(_file, _path, "effects", last, isOrdered: true);
        RoundCheck.CheckEffects(_file, _path, "batches", last, isOrdered: true);
        RoundCheck.CheckEffects(_file, _path, "slots", last, isOrdered: _window == 1);
        Assert.Equal(0, Number("select count(*) from streamx_marks"));
        return string.Create(CultureInfo.InvariantCulture, $"seed {_seed}, window {_window}: {last} values, {_started} processes, {repeats} again by a consumer without a transaction: {string.Join("; ", _done)}");

        static async Task TerminateAsync(Worker worker)
        {
            // One that has just been started dies of the signal.
            await worker.Process.UntilAsync(() => worker.Process.Output.Contains("Application started", StringComparison.Ordinal));
            worker.IsEnded = true;
            Assert.True(await worker.Process.TerminateAsync() == 0, worker.Process.Output);
        }
    }

    private Task FaultAsync(Decision decision)
    {
        var alive = Alive.Where(worker => worker.Role == decision.Role).OrderBy(worker => worker.Number).ToArray();
        var victim = alive.Length == 0 ? null : alive[decision.Pick % alive.Length];
        return decision.Kind switch
        {
            "kill" => ReplaceAsync(victim, worker => worker.Process.KillAsync(), decision),
            "kill all" => Task.WhenAll(Alive.Select(worker => ReplaceAsync(worker, process => process.Process.KillAsync(), decision))),
            "terminate" => ReplaceAsync(victim, worker => worker.Process.TerminateAsync(), decision),
            "stop" => victim?.HangAsync(decision.Long) ?? Task.CompletedTask,
            "stop all" => Task.WhenAll(alive.Select(worker => worker.HangAsync(decision.Long))),
            "lock" => LockAsync(decision),
            "fill" => FillAsync(decision),
            _ => throw new InvalidOperationException($"'{decision.Kind}' is no fault."),
        };
    }

    /// <summary>Ends a process, and starts another after a while.</summary>
    private async Task ReplaceAsync(Worker? victim, Func<Worker, Task> end, Decision decision)
    {
        // Another fault may be replacing it.
        if (victim is null || victim.IsEnded) return;
        victim.IsEnded = true;
        await end(victim);
        await Task.Delay(decision.Short, TimeProvider.System);
        Start(victim.Role);
    }

    /// <summary>Another program writes for long.</summary>
    private Task LockAsync(Decision decision) => AloneAsync(async () =>
    {
        await using var connection = _file.Connect(_path);
        await using var transaction = await connection.BeginTransactionAsync();
        await Task.Delay(decision.Long, TimeProvider.System);
        await transaction.RollbackAsync();
    });

    private Task FillAsync(Decision decision) => _disk is null ? Task.CompletedTask : AloneAsync(async () =>
    {
        var filling = Path.Combine(_disk.Folder, "filling");
        await DiskTests.FillAsync(filling);
        await Task.Delay(decision.Long, TimeProvider.System);
        File.Delete(filling);
    });

    private async Task AloneAsync(Func<Task> act)
    {
        await _alone.WaitAsync();
        try
        {
            await act();
        }
        finally
        {
            _alone.Release();
        }
    }

    /// <summary>Waits until every consumer has had so many values more.</summary>
    private async Task FlowAsync(int values)
    {
        var from = Lowest();
        await Until.TrueAsync(() =>
        {
            foreach (var worker in Alive) Assert.False(worker.Process.HasEnded && !worker.IsEnded, $"A process has ended: {worker.Process.Output}");
            return Lowest() >= from + values;
        });

        long Lowest() => Number("select coalesce(min(position), 0) from streamx_consumers");
    }

    private long Number(string sql) => _file.Number(sql, _path);

    private void Start(string role)
    {
        string[] what = role switch
        {
            "source" => ["--source", "1000000000", "--Streamx:faults:Sqlite:Consumers:0=logs", "--Streamx:faults:Sqlite:Consumers:1=effects", "--Streamx:faults:Sqlite:Consumers:2=slots", "--Streamx:faults:Sqlite:Consumers:3=batches"],
            "logs" => ["--consume", "logs"],
            // What finds the disk full tries again.
            _ => ["--effects", "effects,slots", "--batches", "true", $"--Streamx:faults:Consumers:slots:Concurrency={Math.Min(3, _window)}", "--Streamx:faults:Consumers:batches:MaxBatchSize=8", .. Retries("effects"), .. Retries("slots"), .. Retries("batches")],
        };
        var number = Interlocked.Increment(ref _started);
        var name = string.Create(CultureInfo.InvariantCulture, $"{role}-{number}");
        _workers.Add(new Worker(role, number, WorkerProcess.Start(_file, name, ["--stamps", "true", $"--Streamx:faults:Window={_window}", $"--Streamx:faults:Sqlite:Path={_path}", .. what])));

        static string[] Retries(string consumer) =>
            [$"--Streamx:faults:Consumers:{consumer}:Retry:MaxAttempts=100000", $"--Streamx:faults:Consumers:{consumer}:Retry:MaxDelay=00:00:00.3"];
    }

    private string Outputs() => string.Join(Environment.NewLine, _workers.Select(worker => $"== {worker.Role}{Environment.NewLine}{worker.Process.Output}"));
}
