using Streamx.Tests.Support;

namespace Streamx.Tests.Schedules;

/// <summary>One random schedule on one stream, and the checks after it.</summary>
internal sealed class Round
{
    private readonly Disorder _disorder;
    private readonly List<Producer> _producers = [];
    private readonly List<Reader> _readers = [];

    /// <summary>Whether the stream ends only after the producers have, with a consumer that stays all the time.</summary>
    private readonly bool _producersFinish;

    /// <summary>Whether it ends by a fault.</summary>
    private readonly bool _faults;

    private long _time;

    internal Round(int seed)
    {
        _disorder = new Disorder(seed);
        _producersFinish = _disorder.OneIn(2);
        _faults = _disorder.OneIn(4);
        UsesFlush = _disorder.OneIn(2);
        MayWaitForEver = !UsesFlush;
        WhenNoSubscribers = _disorder.OneOf(NoSubscribers.Wait, NoSubscribers.Wait, NoSubscribers.Discard, NoSubscribers.Throw);
        Stream = new AsyncStream<Put>(new AsyncStreamOptions
        {
            Name = "random",
            Window = _disorder.OneOf(1, 1, 1, 2, 3, 8),
            AllowSynchronousContinuations = _disorder.OneIn(3),
            WhenNoSubscribers = WhenNoSubscribers,
        });
        if (_producersFinish || _disorder.OneIn(2)) _readers.Add(new Reader(this, Seed(), staysToTheEnd: true));
        for (var i = _disorder.Below(5); i >= 0; i--) _readers.Add(new Reader(this, Seed(), staysToTheEnd: false));
        for (var i = _disorder.Below(4); i >= 0; i--) _producers.Add(new Producer(this, i, Seed()));
    }

    internal AsyncStream<Put> Stream { get; }

    internal NoSubscribers WhenNoSubscribers { get; }

    /// <summary>Whether producers flush. A flush would wait for ever for a batch that waits for ever.</summary>
    internal bool UsesFlush { get; }

    /// <summary>Whether batches may wait until they are full or the stream ends.</summary>
    internal bool MayWaitForEver { get; }

    internal Exception Error { get; } = new FormatException("random fault");

    /// <summary>The round's next moment: what happened before one call of this is ordered before the next.</summary>
    internal long Tick() => Interlocked.Increment(ref _time);

    internal async Task RunAsync()
    {
        var readers = _readers.Select((reader, i) => i == 0 ? reader.RunAsync() : Task.Run(reader.RunAsync)).ToList();
        var producers = Task.WhenAll(_producers.Select(producer => Task.Run(producer.RunAsync)));
        var observer = Task.Run(ObserveAsync);
        if (_producersFinish) await producers;
        else for (var i = _disorder.Below(20); i > 0; i--) await _disorder.PauseAsync(yields: 10);

        var ended = !_faults || Stream.TryFault(Error);
        await Stream.CloseAsync();
        await Task.WhenAll(readers);
        await producers;
        await observer;

        Assert.True(ended);
        await CheckEndAsync();
        CheckOrder();
        foreach (var reader in _readers) CheckCounts(reader);
    }

    internal string Describe()
    {
        var snapshot = Stream.GetSnapshot();
        var lines = new List<string> { $"{snapshot}", $"flush: {UsesFlush}, producers finish: {_producersFinish}, faults: {_faults}, without subscriptions: {WhenNoSubscribers}" };
        lines.AddRange(snapshot.Subscriptions.Select(subscription => $"  {subscription}"));
        lines.AddRange(_readers.Select(reader => $"  reader, {reader.Mode}, {reader.Manner}, joined at {reader.JoinedAt}, saw {reader.Seen.Count}, left: {reader.Left}"));
        return string.Join(Environment.NewLine, lines);
    }

    private int Seed() => _disorder.Below(int.MaxValue);

    private async Task ObserveAsync()
    {
        var disorder = new Disorder(17);
        for (var i = 0; i < 20; i++)
        {
            SnapshotRules.Check(Stream.GetSnapshot());
            await disorder.PauseAsync(yields: 10);
        }
    }

    private async Task CheckEndAsync()
    {
        Assert.Equal(_faults ? StreamState.Faulted : StreamState.Closed, Stream.State);
        Assert.True(Stream.Completion.IsCompleted);
        if (_faults) await Assert.ThrowsAsync<StreamFaultedException>(() => Stream.Completion);
        else await Stream.Completion;
        var snapshot = Stream.GetSnapshot();
        Assert.Equal(0, snapshot.ValuesWaiting);
        Assert.Empty(snapshot.Subscriptions);

        // All or none, first half: the stream accepted exactly the puts that were told so.
        Assert.Equal(_producers.Sum(producer => producer.Puts.Count(put => put.SucceededAt is not null)), snapshot.ValuesPut);
    }

    /// <summary>Every consumer saw a contiguous run of one total order of the successful puts.</summary>
    private void CheckOrder()
    {
        var order = new Dictionary<long, Put>();
        var places = new Dictionary<Put, long>(ReferenceEqualityComparer.Instance);
        foreach (var reader in _readers.Where(reader => reader.Mode == SubscriptionMode.Every))
        {
            for (var i = 0; i < reader.Seen.Count; i++)
            {
                var (place, put) = (reader.JoinedAt + i, reader.Seen[i]);
                Assert.NotNull(put.SucceededAt);
                Assert.True(order.TryAdd(place, put) || ReferenceEquals(order[place], put), $"Two consumers saw different values at {place}.");
                Assert.True(places.TryAdd(put, place) || places[put] == place, $"{put} was seen at {places[put]} and at {place}.");
            }

            CheckMembership(reader);
        }

        foreach (var ofOneProducer in order.OrderBy(pair => pair.Key).Select(pair => pair.Value).GroupBy(put => put.Producer))
            AssertIncreasing(ofOneProducer.Select(put => (long)put.Number));

        foreach (var reader in _readers.Where(reader => reader.Mode == SubscriptionMode.Latest))
        {
            Assert.All(reader.Seen, put => Assert.NotNull(put.SucceededAt));
            AssertIncreasing(reader.Seen.Where(places.ContainsKey).Select(put => places[put]));
            foreach (var sameProducer in reader.Seen.GroupBy(put => put.Producer)) AssertIncreasing(sameProducer.Select(put => (long)put.Number));
        }
    }

    /// <summary>A consumer that stayed to the end saw every put made after it had joined, and none that had succeeded before.</summary>
    private void CheckMembership(Reader reader)
    {
        var seen = reader.Seen.ToHashSet<Put>(ReferenceEqualityComparer.Instance);
        foreach (var put in _producers.SelectMany(producer => producer.Puts).Where(put => put.SucceededAt is not null))
        {
            if (put.SucceededAt < reader.Joined.Before) Assert.DoesNotContain(put, seen);
            if (reader.SawTheEnd && put.MadeAt > reader.Joined.After) Assert.Contains(put, seen);
        }
    }

    private void CheckCounts(Reader reader)
    {
        var left = reader.Left;
        Assert.NotNull(left);
        Assert.Equal(reader.Seen.Count, left.ValuesFinished + left.ValuesAbandoned);
        Assert.Equal(left.Position, reader.JoinedAt + left.ValuesFinished + left.ValuesAbandoned + left.ValuesOvertaken);
        Assert.InRange(left.Lag, 0, Stream.GetSnapshot().ValuesPut);
        Assert.True(reader.Mode == SubscriptionMode.Latest || left.ValuesOvertaken == 0);
        if (!reader.SawTheEnd) return;
        Assert.Equal(reader.SawTheFault, _faults);
        Assert.Equal(0, left.Lag);
        Assert.Equal(0, left.ValuesAbandoned);

        // A subscription made while the stream was closing was never part of it, though puts may still have committed.
        if (reader.Seen.Count > 0) Assert.Equal(Stream.GetSnapshot().ValuesPut, left.Position);
    }

    private static void AssertIncreasing(IEnumerable<long> values)
    {
        var last = -1L;
        foreach (var value in values)
        {
            Assert.True(value > last, $"{value} came after {last}.");
            last = value;
        }
    }
}
