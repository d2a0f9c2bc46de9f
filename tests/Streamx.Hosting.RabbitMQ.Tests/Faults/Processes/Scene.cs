using System.Collections.Concurrent;
using System.Globalization;
using Streamx.Hosting.RabbitMQ.Tests.Faults.Checking;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Processes;

/// <summary>A stream with workers in processes of their own, and their logs, which one at a time may read.</summary>
internal sealed class Scene : IAsyncDisposable
{
    /// <summary>Far more than it takes to go on after any of the faults here, also on a machine that is busy with much else: there a node needs two minutes to start.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    /// <summary>The last number given to a process.</summary>
    private int _number;

    private readonly ConcurrentBag<WorkerProcess> _workers = [];
    private readonly Uri[] _nodes;

    /// <summary>The faults, and when each began.</summary>
    private readonly List<(string Fault, long Time)> _faults = [];

    /// <summary>Prepares it.</summary>
    /// <param name="window">The window of the stream.</param>
    /// <param name="nodes">The nodes of the broker.</param>
    public Scene(int window, params Uri[] nodes)
    {
        Window = window;
        _nodes = nodes;
        Folder = Directory.CreateTempSubdirectory("streamx-faults-").FullName;
        Logs = new WorkLogs(Folder);
        Prefix = Path.GetFileName(Folder);
        Topology = new Topology(Prefix, "faults");
    }

    /// <summary>The consumers.</summary>
    public static IReadOnlyList<string> Names { get; } = ["a", "b"];

    /// <summary>Where the logs are, and what the workers print.</summary>
    public string Folder { get; }

    /// <summary>What exchanges and queues begin with.</summary>
    public string Prefix { get; }

    /// <inheritdoc cref="RabbitMQ.Topology"/>
    public Topology Topology { get; }

    public int Window { get; }

    /// <summary>How many values a consumer handles at once.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>
    /// Whether nodes of the broker may lose what they have not confirmed. A position that the leader has heard of may be among that;
    /// then it has put up to a window behind it, and what comes again goes back two.
    /// </summary>
    public bool LosesNodes { get; init; }

    /// <summary>What has been logged, as far as it has been read.</summary>
    public WorkLogs Logs { get; }

    /// <summary>Those that have not been killed.</summary>
    public IEnumerable<WorkerProcess> Alive => _workers.Where(worker => worker.IsAlive);

    /// <summary>Starts a producer.</summary>
    /// <param name="through">Where it finds the broker, instead of at its nodes.</param>
    public WorkerProcess StartProducer(params Uri[] through) => Start("producer", through);

    /// <summary>Starts a process of a consumer.</summary>
    /// <param name="name">The consumer.</param>
    /// <param name="through">Where it finds the broker, instead of at its nodes.</param>
    public WorkerProcess StartConsumer(string name, params Uri[] through) => Start(name, through);

    /// <summary>Whether producers also put values that are too large, each of which has to fail by itself.</summary>
    public bool PutsOversized { get; init; }

    /// <summary>A fault begins now.</summary>
    public void Fault(string fault) => _faults.Add((fault, TimeProvider.System.GetTimestamp()));

    /// <summary>Waits until values that are new flow to every consumer.</summary>
    public async Task FlowAsync(int values = 50)
    {
        Logs.Read();
        var goal = Names.Max(Logs.Highest) + values;
        await UntilAsync(() => Names.All(name => Logs.Read().Highest(name) >= goal), $"number {goal} to come to {string.Join(" and ", Names)}");
    }

    /// <summary>Waits until all processes are active, or stand by.</summary>
    public Task InLineAsync() => UntilAsync(() => Alive.All(worker => Logs.Read().Ready.Contains(worker.Name)), "all processes to be active, or stand by");

    /// <summary>The process that handled last for a name.</summary>
    public WorkerProcess Active(string name) => Find(Logs.Read().Handlings.FindLast(handling => handling.Name == name)!.Process);

    /// <summary>The producer whose put returned last.</summary>
    public WorkerProcess Leader() => Find(Logs.Read().Puts.Where(put => put.Returned is not null).MaxBy(put => put.Returned)!.Producer);

    /// <summary>Waits until something has happened.</summary>
    public async Task UntilAsync(Func<bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (!condition())
        {
            if (_workers.FirstOrDefault(worker => worker.HasCrashed) is { } crashed)
                Assert.Fail($"{crashed.Name} has crashed; the logs are in {Folder}.{Environment.NewLine}{await File.ReadAllTextAsync(crashed.Output)}");
            if (limit.IsCancellationRequested) Assert.Fail($"Waited {s_limit.TotalSeconds} s for {what}; the logs are in {Folder}.{Environment.NewLine}{Describe()}");
            await Task.Delay(s_look, TimeProvider.System);
        }
    }

    /// <summary>Ends the puts, waits until everything has been handled, ends the consumers, and checks what they did.</summary>
    /// <returns>A row for each fault: the fault, the window, new values of the first name, repeats of each, and the longest stall in seconds.</returns>
    public async Task<IReadOnlyList<string>> FinishAsync()
    {
        await TerminateAsync(role => role == "producer");
        await UntilAsync(() => Check() is var check && Names.All(name => check.Missing(name).Count == 0), "everything to be handled, or reported as lost");
        await TerminateAsync(Names.Contains);
        return Report();
    }

    /// <summary>Ends all processes at once; the logs stay unless everything was well.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers) worker.Dispose();
        if (!_isWell) return;
        Directory.Delete(Folder, recursive: true);
        await using var admin = await Administration.OpenAsync(_nodes[0]);
        await admin.DeleteStreamAsync(Topology, Names);
    }

    private bool _isWell;

    private FlowCheck Check() => new(Logs.Read(), Names, LosesNodes ? 2 * Window : Window, Slots);

    private List<string> Report()
    {
        var check = Check();
        if (check.Problems() is { Count: > 0 } problems)
            Assert.Fail($"{problems.Count} problems; the logs are in {Folder}.{Environment.NewLine}{string.Join(Environment.NewLine, problems.Take(20))}");
        _isWell = true;
        return [.. _faults.Zip(_faults.Skip(1).Select(next => next.Time).Append(long.MaxValue), (fault, end) => string.Create(
            CultureInfo.InvariantCulture,
            $"| {fault.Fault} | {Window} | {check.Values(Names[0], fault.Time, end)} | {string.Join(" / ", Names.Select(name => check.Repeats(name, fault.Time, end)))} | {check.LongestStall(fault.Time, end).TotalSeconds:0.0} |"))];
    }

    private WorkerProcess Start(string role, Uri[] through)
    {
        const string Stream = "--Streamx:faults";
        var nodes = through.Length == 0 ? _nodes : through;
        var number = Interlocked.Increment(ref _number);
        var worker = WorkerProcess.Start(Folder, role, number,
        [
            // Each process has a million numbers of its own.
            .. role == "producer" ? new[] { "--first", $"{number * 1_000_000L}", "--oversized", $"{PutsOversized}" } : ["--handle", "00:00:00.020"],
            $"{Stream}:Window={Window}", $"{Stream}:RabbitMq:Uri={nodes[0]}", .. nodes.Skip(1).Select((node, i) => $"{Stream}:RabbitMq:Nodes:{i}={node.Authority}"),
            $"{Stream}:RabbitMq:Prefix={Prefix}", $"{Stream}:RabbitMq:MaxValueBytes=1024", $"{Stream}:RabbitMq:Heartbeat=00:00:02", $"{Stream}:RabbitMq:MaxReconnectDelay=00:00:01",
            .. Names.Select((name, i) => $"{Stream}:RabbitMq:Consumers:{i}={name}"),
            .. role == "producer" ? [] : new[] { $"{Stream}:Consumers:{role}:Concurrency={Slots}" },
        ]);
        _workers.Add(worker);
        return worker;
    }

    /// <summary>Told to stop, they stop in time and without a fault.</summary>
    private async Task TerminateAsync(Predicate<string> role)
    {
        var workers = Alive.Where(worker => role(worker.Role)).ToList();
        var codes = await Task.WhenAll(workers.Select(worker => worker.TerminateAsync()));
        Assert.All(workers.Zip(codes), worker => Assert.True(worker.Second == 0, $"{worker.First.Name} ended with {worker.Second}; the logs are in {Folder}."));
    }

    private WorkerProcess Find(string name) => _workers.Single(worker => worker.Name == name);

    /// <summary>What each worker printed last, and what is wrong already.</summary>
    private string Describe() => string.Join(Environment.NewLine,
    [
        .. Check().Problems().Take(10),
        .. _workers.Where(worker => worker.IsAlive).SelectMany(worker => File.ReadLines(worker.Output).TakeLast(5).Prepend($"{worker.Name}{(worker.IsStopped ? " (stopped)" : "")}:")),
    ]);
}
