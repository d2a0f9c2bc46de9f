using System.Collections.Concurrent;

namespace Streamx.Hosting.Dashboard;

/// <summary>What one stream has been doing in the last seconds, from samples.</summary>
internal sealed class StreamMeter
{
    /// <summary>How many subscriptions of application code are shown: their number is unbounded.</summary>
    internal const int MaxOtherSubscriptions = 8;

    /// <summary>The consumers that are shown, by name. Timed values are recorded while it changes.</summary>
    private readonly ConcurrentDictionary<string, ConsumerMeter> _consumers = new(StringComparer.Ordinal);

    /// <summary>How long puts waited, as booked for consumers, since the last second ended.</summary>
    private double _waited;

    /// <summary>Waiting that was shown before it was booked for a consumer.</summary>
    private double _shownBefore;

    /// <summary>How many values had been put when the last second ended; null before the first sample.</summary>
    private long? _putBefore;

    /// <summary>How fast values are put.</summary>
    private readonly RateMeter _items = new();

    /// <summary>How fast each producer puts.</summary>
    private readonly Dictionary<string, RateMeter> _producers = new(StringComparer.Ordinal);

    /// <summary>Values put a second, in the last ten seconds; null until it is known.</summary>
    internal double? ItemsPerSecond => _items.PerSecond;

    /// <summary>Which part of the last second a put was waiting; null until it is known.</summary>
    internal double? BlockedRatio { get; private set; }

    /// <summary>The consumers that puts have waited for, where this process leads a stream between processes.</summary>
    internal NameMeters Names { get; } = new();

    /// <summary>The consumers that have held it, at the end of the chain.</summary>
    internal HolderMeter Holders { get; } = new();

    /// <summary>The meter of a consumer; null if it is not shown.</summary>
    internal ConsumerMeter? Find(string consumer) => _consumers.GetValueOrDefault(consumer);

    /// <summary>Values that a producer put a second, in the last ten seconds; null until it is known.</summary>
    internal double? ProducerRate(string producer) => _producers.GetValueOrDefault(producer)?.PerSecond;

    /// <summary>Takes a sample.</summary>
    internal void Look(StreamxStreamStatus status)
    {
        _items.Look(status.Stream.ValuesPut);
        foreach (var producer in status.Producers)
        {
            if (!_producers.TryGetValue(producer.Name, out var rate)) _producers[producer.Name] = rate = new RateMeter();
            rate.Look(producer.ValuesPut);
        }

        _putBefore ??= status.Stream.ValuesPut;
        Holders.Look(status.Holder);
        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, subscription) in Shown(status))
        {
            present.Add(name);
            var consumer = status.Consumers.FirstOrDefault(consumer => consumer.Name == name);
            var busy = consumer is { Concurrency: > 1 } slots ? (double)slots.SlotsBusy / slots.Concurrency : 1;
            _waited += _consumers.GetOrAdd(name, static _ => new ConsumerMeter()).Look(subscription, consumer?.WaitsIn is not null, busy);
        }

        foreach (var consumer in status.Consumers) Find(consumer.Name)?.LookAtFailures(consumer);
        if (status.Remote is { IsLeading: true } remote) Names.Look(remote.Names);
        else Names.Clear();
        foreach (var name in _consumers.Keys)
            if (!present.Contains(name)) _consumers.TryRemove(name, out _);
    }

    /// <summary>Ends a second.</summary>
    internal void EndSecond(StreamxStreamStatus status, double seconds)
    {
        var put = status.Stream.ValuesPut - (_putBefore ?? status.Stream.ValuesPut);
        _putBefore = status.Stream.ValuesPut;
        foreach (var rate in (RateMeter[])[_items, .. _producers.Values]) rate.EndSecond(seconds);
        Names.EndSecond();
        Holders.EndSecond();
        // Where it leads, puts wait for durable consumers, and only the samples show how long; consumers here wait for deliveries.
        BlockedRatio = TakeWaited(status.Stream, put, seconds) / seconds;
        if (status.Remote is { IsLeading: true }) BlockedRatio = Names.BlockedRatio;
        foreach (var consumer in _consumers.Values) consumer.EndSecond(seconds);
    }

    /// <summary>Adds the second that has ended to the charts.</summary>
    internal void AddTo(ChartHistory charts, string stream)
    {
        if (ItemsPerSecond is { } items && BlockedRatio is { } blocked) charts.Add(stream, items, blocked);
        foreach (var (name, consumer) in _consumers) charts.Add(stream, name, consumer.Durations.Percentile(0.95));
    }

    /// <summary>Starts over after a pause.</summary>
    internal void Restart()
    {
        (_putBefore, _waited, _shownBefore, BlockedRatio) = (null, 0, 0, null);
        foreach (var rate in (RateMeter[])[_items, .. _producers.Values]) rate.Restart();
        Names.Clear();
        Holders.Clear();
        foreach (var consumer in _consumers.Values) consumer.Restart();
    }

    /// <summary>
    /// The consumers that are shown: the registered ones, and some of the subscriptions that application code made, gating ones first.
    /// </summary>
    internal static IEnumerable<(string Name, SubscriptionSnapshot? Subscription)> Shown(StreamxStreamStatus status)
    {
        var registered = status.Consumers.Select(consumer => consumer.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. status.Consumers.Select(consumer => (consumer.Name, consumer.Subscription)),
            .. status.Stream.Subscriptions.Where(other => !registered.Contains(other.Name))
                .DistinctBy(other => other.Name)
                .OrderByDescending(other => other.IsGating)
                .Take(MaxOtherSubscriptions)
                .Select(other => (other.Name, (SubscriptionSnapshot?)other)),
        ];
    }

    /// <summary>How long a put was waiting in the last second.</summary>
    /// <remarks>
    /// A wait for several consumers is booked for one of them once the put waits for it alone, including the time before. Until
    /// then it shows in the age of the put. Waiting that has been shown in this way must not be shown again when it is booked.
    /// </remarks>
    private double TakeWaited(StreamSnapshot stream, long put, double seconds)
    {
        var waited = _waited;
        _waited = 0;
        if (put == 0 && stream.OldestWaitingPutAge is { } age && age.TotalSeconds >= seconds)
        {
            _shownBefore = Math.Max(0, _shownBefore + seconds - waited);
            return seconds;
        }

        var paid = Math.Min(_shownBefore, waited);
        _shownBefore = stream.OldestWaitingPutAge is null ? 0 : _shownBefore - paid;
        return Math.Min(seconds, waited - paid);
    }
}
