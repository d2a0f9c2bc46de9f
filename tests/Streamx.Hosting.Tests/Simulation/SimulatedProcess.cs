using Microsoft.Extensions.DependencyInjection.Extensions;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Simulation;

/// <summary>One process of a simulated cluster: a host with the workers it runs, and its way to the store.</summary>
internal sealed class SimulatedProcess : IDisposable
{
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromMilliseconds(300);

    /// <summary>How often values are tried that are skipped then.</summary>
    private const int Tries = 2;

    /// <summary>The consumer of single values that skips what fails.</summary>
    private const string SkippingConsumer = "first";

    private static readonly Func<int, RetryOptions> s_atOnce =
        static attempts => new() { MaxAttempts = attempts, Delay = TimeSpan.Zero, MaxDelay = TimeSpan.Zero };

    /// <summary>How often each value has failed here.</summary>
    private readonly Dictionary<(string Consumer, int Value), int> _fails = [];

    /// <summary>The values that have failed here and have not been finished since.</summary>
    private readonly HashSet<(string Consumer, int Value)> _failing = [];

    private readonly SimulationPlan _plan;
    private readonly SimulatedServices _services;
    private readonly SimulatedLifetime _lifetime = new();
    private readonly SimulatedProducer _producer;

    private Task _stopping = Task.CompletedTask;

    internal SimulatedProcess(SimulationPlan plan, SimulatedRole role, int number, InMemoryStore store, Ledger ledger, Task whenToEnd)
    {
        _plan = plan;
        Role = role;
        Number = number;
        Name = $"p{number}";
        Ledger = ledger;
        Clock = store.Clock;
        Transport = store.CreateProcess(Name);
        _producer = new SimulatedProducer(this, plan, whenToEnd);
        IServiceCollection services = new ServiceCollection();
        var stream = services.AddStreamx<int>(
            "numbers",
            o => (o.Window, o.StopHostWhenCompleted, o.DrainTimeout) = (plan.Window, true, s_drainTimeout)).UseInMemory(Transport);
        if (role.Produces) stream.AddProducer("feed", _producer.ProduceAsync);
        foreach (var consumer in role.Consumers) Add(stream, consumer);
        // The validator asks a container about classes that are registered with one.
        services.RemoveAll<SimulatedBatches>();
        services.RemoveAll<SimulatedLoop>();
        _services = new SimulatedServices(services, Clock, _lifetime);
        _services.Add(() => new SimulatedBatches(this));
        _services.Add(() => new SimulatedLoop(this));
    }

    /// <summary>Its name.</summary>
    internal string Name { get; }

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

    /// <summary>The clock of the cluster.</summary>
    internal TimeProvider Clock { get; }

    /// <summary>Starts it.</summary>
    internal async Task StartAsync()
    {
        await _services.Coordinator.StartingAsync(default);
        await _services.Coordinator.StartAsync(default);
        await _services.Coordinator.StartedAsync(default);
    }

    /// <summary>Begins to stop it, as SIGTERM does.</summary>
    internal void Stop()
    {
        IsEnding = true;
        _stopping = _services.Coordinator.StopAsync(default);
    }

    /// <summary>What it is doing.</summary>
    internal string Describe()
    {
        var life = IsDead ? "killed" : HasStopped ? "stopped" : IsEnding ? "stopping" : "running";
        if (_services.Control.GetStreams() is not [{ Remote: { } remote } status]) return $"{Name}: {life}";
        var workers = status.Consumers.Select(consumer => $"{consumer.Name} {consumer.State}")
            .Concat(status.Producers.Select(producer => $"{producer.Name} {producer.State}"));
        return $"{Name}: {life}, stream {status.Stream.State}, {string.Join(", ", workers)}, leads {remote.IsLeading}, stands by {remote.IsStandby}, "
            + $"{status.Stream.ValuesWaiting} puts wait, lags {string.Join(' ', remote.Lags)}, {string.Join("; ", remote.Problems)} {_producer.Doing}";
    }

    /// <summary>Whether its producer waits for something of its own.</summary>
    internal bool IsProducing => _producer.Doing is not null && !IsDead && !HasStopped;

    /// <summary>How many values its consumers have said to be lost.</summary>
    internal long ValuesLost => _services.Control.GetStreams() is [{ Remote: { } remote }] ? remote.ValuesLost : 0;

    /// <summary>Whether it may be given a consumer's values: its consumer has not come to an end.</summary>
    internal bool Consumes(string consumer) =>
        !IsDead && !IsEnding && Role.Consumers.Contains(consumer) && _services.Control.GetStreams() is [var status]
        && status.Consumers.Any(known => known.Name == consumer && known.State != StreamxConsumerState.Ended);

    /// <summary>Takes it apart, whatever it is doing.</summary>
    public void Dispose()
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

    /// <summary>How many items a consumer handles at once.</summary>
    private int Slots => _plan.HasSlots ? Math.Min(_plan.Window, 2 + _plan.MoreSlots) : 1;

    private void Add(IStreamxBuilder<int> stream, string consumer)
    {
        if (consumer == SimulatedBatches.Name) stream.AddBatchConsumer<SimulatedBatches>(consumer, o => Skip(o, maxBatchSize: 3));
        else if (consumer == SimulatedLoop.Name) stream.AddStreamConsumer<SimulatedLoop>(consumer, Restart);
        else if (consumer == SkippingConsumer) stream.AddConsumer(consumer, (value, token) => HandleAsync(consumer, value, token), o => Skip(o));
        else stream.AddConsumer(consumer, (value, token) => HandleAsync(consumer, value, token), RestartSlots);

        void Skip(ConsumerOptions options, int? maxBatchSize = null)
        {
            options.Concurrency = Slots;
            options.OnFailure = ConsumerFailure.Skip;
            options.Retry = s_atOnce(Tries);
            if (options is BatchConsumerOptions batches) batches.MaxBatchSize = maxBatchSize!.Value;
        }

        void RestartSlots(ConsumerOptions options)
        {
            options.Concurrency = Slots;
            Restart(options);
        }

        static void Restart(ConsumerOptions options) => (options.OnFailure, options.Restart) = (ConsumerFailure.Restart, s_atOnce(int.MaxValue));
    }

    /// <summary>Notes that a consumer begins with a value.</summary>
    internal void BeginValue(string consumer, int value, StreamxDelivery? delivery) =>
        Ledger.BeginValue(consumer, this, value, delivery, isRetry: _failing.Contains((consumer, value)));

    /// <summary>Does what a value takes, and fails if that is its lot.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="values">The values; what the first one takes is done.</param>
    /// <param name="abortToken">Gives up.</param>
    internal async Task FinishAsync(string consumer, int[] values, CancellationToken abortToken)
    {
        await WorkAsync(values[0], abortToken);
        var dice = new Dice(_plan.Seed, consumer, kind: 1010, values[0]);
        var isSkipped = consumer is SkippingConsumer or SimulatedBatches.Name && dice.In100(50);
        if (_plan.HasFailures && dice.In100(12) && (_fails[(consumer, values[0])] = _fails.GetValueOrDefault((consumer, values[0])) + 1) is var fails && (isSkipped || fails == 1))
        {
            foreach (var value in values)
            {
                _failing.Add((consumer, value));
                // It is not tried again, and counts as finished.
                if (isSkipped && fails % Tries == 0) Ledger.EndValue(consumer, this, value);
            }

            throw new IOException($"{values[0]} fails.");
        }

        foreach (var value in values)
        {
            _failing.Remove((consumer, value));
            Ledger.EndValue(consumer, this, value);
        }
    }

    private async ValueTask HandleAsync(string consumer, int value, CancellationToken abortToken)
    {
        BeginValue(consumer, value, StreamxDelivery.Current);
        await FinishAsync(consumer, [value], abortToken);
    }
}
