using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Simulation;

/// <summary>One process of a simulated cluster: a container with the workers it runs, and its way to the store.</summary>
internal sealed class SimulatedProcess
{
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromMilliseconds(300);

    private readonly SimulationPlan _plan;
    private readonly ServiceProvider _services;
    private readonly SimulatedLifetime _lifetime = new();
    /// <summary>What its producer is doing; null while it does nothing of its own.</summary>
    private string? _doing;

    private Task _stopping = Task.CompletedTask;

    /// <summary>Ends when producers may come to their end.</summary>
    private readonly Task _whenToEnd;

    internal SimulatedProcess(SimulationPlan plan, SimulatedRole role, int number, InMemoryStore store, Ledger ledger, Task whenToEnd)
    {
        _whenToEnd = whenToEnd;
        _plan = plan;
        Role = role;
        Number = number;
        Ledger = ledger;
        Transport = store.CreateProcess(Name);
        var services = new ServiceCollection();
        services.AddSingleton(store.Clock);
        services.AddSingleton<IHostApplicationLifetime>(_lifetime);
        services.AddSingleton(this);
        var stream = services.AddStreamx<int>(
            "numbers",
            o => (o.Window, o.StopHostWhenCompleted, o.DrainTimeout) = (plan.Window, true, s_drainTimeout)).UseInMemory(Transport);
        if (role.Produces) stream.AddProducer("feed", ProduceAsync);
        foreach (var consumer in role.Consumers) Add(stream, consumer);
        _services = services.BuildServiceProvider();
    }

    /// <summary>Its name.</summary>
    internal string Name => $"p{Number}";

    /// <summary>What it runs.</summary>
    internal SimulatedRole Role { get; }

    /// <summary>Tells it from others, also from those that ran the same before.</summary>
    internal int Number { get; }

    /// <summary>Where its workers note what they see.</summary>
    internal Ledger Ledger { get; }

    /// <summary>Its way to the store.</summary>
    internal InMemoryTransport Transport { get; }

    /// <summary>Whether it has been killed.</summary>
    internal bool IsDead => Transport.IsDead;

    /// <summary>Whether it is being stopped, by whatever.</summary>
    internal bool IsEnding { get; private set; }

    /// <summary>Whether it has come to the end of the stream.</summary>
    internal bool HasCompleted => _lifetime.IsStopRequested;

    /// <summary>Whether it is to be stopped because the stream has come to its end.</summary>
    internal bool WantsToStop => _lifetime.IsStopRequested && !IsEnding;

    /// <summary>Whether it has stopped.</summary>
    internal bool HasStopped => IsEnding && _stopping.IsCompleted;

    private TimeProvider Clock => _services.GetRequiredService<TimeProvider>();

    private IHostedLifecycleService Coordinator => (IHostedLifecycleService)_services.GetServices<IHostedService>().Single();

    /// <summary>Starts it.</summary>
    internal async Task StartAsync()
    {
        await Coordinator.StartingAsync(default);
        await Coordinator.StartAsync(default);
        await Coordinator.StartedAsync(default);
    }

    /// <summary>Begins to stop it, as SIGTERM does.</summary>
    internal void Stop()
    {
        IsEnding = true;
        _stopping = Coordinator.StopAsync(default);
    }

    /// <summary>What it is doing.</summary>
    internal string Describe()
    {
        var life = IsDead ? "killed" : HasStopped ? "stopped" : IsEnding ? "stopping" : "running";
        if (_services.GetRequiredService<IStreamxControl>().GetStreams() is not [{ Remote: { } remote } status]) return $"{Name}: {life}";
        var workers = status.Consumers.Select(consumer => $"{consumer.Name} {consumer.State}")
            .Concat(status.Producers.Select(producer => $"{producer.Name} {producer.State}"));
        return $"{Name}: {life}, stream {status.Stream.State}, {string.Join(", ", workers)}, leads {remote.IsLeading}, stands by {remote.IsStandby}, "
            + $"{status.Stream.ValuesWaiting} puts wait, lags {string.Join(' ', remote.Lags)}, {string.Join("; ", remote.Problems)} {_doing}";
    }

    /// <summary>Whether its producer waits for something of its own.</summary>
    internal bool IsProducing => _doing is not null && !IsDead && !HasStopped;

    /// <summary>Whether it leads the stream.</summary>
    internal bool IsLeading => !IsDead && _services.GetRequiredService<IStreamxControl>().GetStreams() is [{ Remote.IsLeading: true }];

    /// <summary>Whether it may be given a consumer's values: its consumer has not come to an end.</summary>
    internal bool Consumes(string consumer) =>
        !IsDead && !IsEnding && Role.Consumers.Contains(consumer) && _services.GetRequiredService<IStreamxControl>().GetStreams() is [var status]
        && status.Consumers.Any(known => known.Name == consumer && known.State != StreamxConsumerState.Ended);

    /// <summary>Takes it apart, whatever it is doing.</summary>
    internal void Discard()
    {
        IsEnding = true;
        if (!IsDead) Transport.Kill();
        _services.Dispose();
    }

    /// <summary>Handling a value takes its time.</summary>
    internal Task WorkAsync(int value, CancellationToken abortToken)
    {
        var time = new Dice(_plan.Seed, Name, kind: 1001, value).Below(5);
        return time == 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromMilliseconds(time), Clock, abortToken);
    }

    private void Add(IStreamxBuilder<int> stream, string consumer)
    {
        if (consumer == SimulatedBatches.Name) stream.AddBatchConsumer<SimulatedBatches>(consumer, o => o.MaxBatchSize = 3);
        else if (consumer == SimulatedLoop.Name) stream.AddStreamConsumer<SimulatedLoop>(consumer);
        else stream.AddConsumer(consumer, (value, token) => HandleAsync(consumer, value, token));
    }

    private async ValueTask HandleAsync(string consumer, int value, CancellationToken abortToken)
    {
        Ledger.BeginValue(consumer, this, value, StreamxDelivery.Current);
        await WorkAsync(value, abortToken);
        Ledger.EndValue(consumer, this, value);
    }

    private async Task ProduceAsync(IStreamWriter<int> writer, CancellationToken stoppingToken)
    {
        var dice = new Dice(_plan.Seed, Name, kind: 1002);
        List<Task> puts = [];
        _doing = "puts";
        for (var i = 1; i <= _plan.ValuesPerProducer; i++)
        {
            puts.Add(PutAsync(writer, (Number * 1000) + i, stoppingToken));
            // Several at a time, as callers of an injected writer do.
            if (dice.In100(30)) continue;
            _doing = "awaits puts";
            await Task.WhenAll(puts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _doing = "flushes";
            if (dice.In100(20)) await FlushAsync(writer, stoppingToken);
            _doing = "pauses";
            if (dice.In100(20)) await Task.Delay(TimeSpan.FromMilliseconds(dice.Below(20)), Clock, stoppingToken);
        }

        await Task.WhenAll(puts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _doing = null;
        await _whenToEnd.WaitAsync(stoppingToken);
    }

    private async Task PutAsync(IStreamWriter<int> writer, int value, CancellationToken stoppingToken)
    {
        stoppingToken.ThrowIfCancellationRequested();
        var put = Ledger.BeginPut(this, value);
        try
        {
            await writer.PutAsync(value, stoppingToken);
            Ledger.EndPut(put, error: null);
        }
        catch (Exception error)
        {
            Ledger.EndPut(put, error);
            throw;
        }
    }

    private async Task FlushAsync(IStreamWriter<int> writer, CancellationToken stoppingToken)
    {
        var before = Ledger.AcceptedOf(this);
        await writer.FlushAsync(stoppingToken);
        if (!IsDead) Ledger.EndFlush(this, before);
    }
}
