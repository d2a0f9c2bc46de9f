using Streamx.Tests.Schedules;

namespace Streamx.Tests.Stress;

/// <summary>One stream under random load, and the checks after it.</summary>
internal sealed class StressRound
{
    /// <summary>About how many values are delivered: values times consumers.</summary>
    private const int Deliveries = 60_000;

    /// <summary>About how many bytes the values of a heavy round weigh.</summary>
    private const int HeavyBytes = 128 << 20;

    private readonly Disorder _disorder;
    private readonly LiveBytes _memory;
    private readonly List<StressProducer> _producers = [];
    private readonly List<StressConsumer> _consumers = [];
    private readonly int _burners;
    private readonly int _values;
    private readonly TaskCompletionSource _half = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _hasEnded;
    private long _progress;

    internal StressRound(int seed, LiveBytes memory)
    {
        _disorder = new Disorder(seed);
        _memory = memory;
        var isHeavy = _disorder.OneIn(8);
        var window = 1 + _disorder.Below(1 << _disorder.Below(isHeavy ? 6 : 11));
        var consumers = isHeavy ? 1 + _disorder.Below(4) : _disorder.OneOf(1, 2, 3, 4, 8, 16, 32);
        var producers = 1 + _disorder.Below(4);
        if (isHeavy) Weight = Math.Min(64 << 10, (1 << 20) / window);
        _values = isHeavy ? HeavyBytes / Weight : Deliveries / consumers;
        _burners = _disorder.OneIn(4) ? 1 + _disorder.Below(2) : 0;
        Order = new StressOrder(_values + producers);
        Stream = new AsyncStream<StressValue>(new AsyncStreamOptions
        {
            Name = "stress",
            Window = window,
            AllowSynchronousContinuations = _disorder.OneIn(2),
        });
        for (var i = 0; i < consumers; i++) _consumers.Add(new StressConsumer(this, $"consumer-{i}", Seed(), isObserver: i == 0));
        for (var i = 0; i < producers; i++) _producers.Add(new StressProducer(this, i, _values / producers, Seed()));
    }

    internal AsyncStream<StressValue> Stream { get; }

    internal StressOrder Order { get; }

    /// <summary>How many bytes each value weighs.</summary>
    internal int Weight { get; }

    /// <summary>Whether a thread has begun to end the stream, so that it may end for the others.</summary>
    internal bool HasEnded => _hasEnded;

    /// <summary>Grows with every step of any thread.</summary>
    internal long Progress => Interlocked.Read(ref _progress);

    internal void NoteProgress() => Interlocked.Increment(ref _progress);

    /// <summary>Notes how far the observer is; in a heavy round, looks at the memory a few times.</summary>
    internal void ObserverSaw(long values)
    {
        if (values >= _values / 2) _half.TrySetResult();
        if (Weight > 0 && values % (_values / 4) == 0) _memory.Check();
    }

    /// <summary>Runs until the stream has ended. Fails as soon as a thread does, though others may then wait for ever.</summary>
    internal async Task RunAsync()
    {
        using var burners = new CpuBurners(_burners);
        var consumers = _consumers.Select((consumer, i) => i == 0 ? consumer.RunAsync() : Task.Run(consumer.RunAsync)).ToList();
        var producers = _producers.Select(producer => Task.Run(producer.RunAsync)).ToList();
        await FirstFailureOrAllAsync([.. consumers, .. producers, EndAsync(producers)]);

        var snapshot = Stream.GetSnapshot();
        Assert.Empty(snapshot.Subscriptions);
        Assert.Equal(0, snapshot.ValuesWaiting);
        Assert.Equal(snapshot.ValuesPut, _consumers[0].Seen);
        Order.CheckComplete(_producers, snapshot.ValuesPut);
    }

    internal string Describe() =>
        $"{_producers.Count} producers, {_consumers.Count} consumers, {_values} values of {Weight} bytes, {_burners} burners.{Environment.NewLine}" +
        WaitText.Describe(Stream.GetSnapshot());

    private static async Task FirstFailureOrAllAsync(List<Task> workers)
    {
        await foreach (var worker in Task.WhenEach(workers)) await worker;
    }

    private int Seed() => _disorder.Below(int.MaxValue);

    /// <summary>Ends the stream after the last put, or in the middle of it.</summary>
    private async Task EndAsync(List<Task> producers)
    {
        var all = Task.WhenAll(producers);
        if (_disorder.OneIn(3)) await Task.WhenAny(all, _half.Task);
        else await all;
        _hasEnded = true;
        if (_disorder.OneIn(4)) Stream.TryFault(new FormatException("a random fault"));
        await Stream.CloseAsync();
    }
}
