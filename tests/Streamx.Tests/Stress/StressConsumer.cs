using Streamx.Tests.Schedules;

namespace Streamx.Tests.Stress;

/// <summary>Reads a stream at its own pace; unless it is the observer, it leaves and, mostly, comes back until the stream ends.</summary>
internal sealed class StressConsumer(StressRound round, string name, int seed, bool isObserver)
{
    private readonly Disorder _disorder = new(seed);

    /// <summary>The last number seen of each producer, since it joined.</summary>
    private readonly Dictionary<int, int> _last = [];

    /// <summary>One pause in so many values.</summary>
    private int _pace;

    /// <summary>How many values the observer saw.</summary>
    internal long Seen { get; private set; }

    /// <summary>The observer has joined when this returns.</summary>
    internal async Task RunAsync()
    {
        _pace = _disorder.OneOf(5, 50, 500, int.MaxValue);
        while (!await StaysToTheEndAsync() && !_disorder.OneIn(8)) await _disorder.PauseAsync(yields: 20);
    }

    private async Task<bool> StaysToTheEndAsync()
    {
        var mode = !isObserver && _disorder.OneIn(4) ? SubscriptionMode.Latest : SubscriptionMode.Every;
        var before = round.Stream.GetSnapshot().ValuesPut;
        var subscription = round.Stream.Subscribe(new SubscriptionOptions { Name = name, Mode = mode });
        var joinedAt = subscription.GetSnapshot().Position;
        Assert.True(joinedAt >= before, $"{name} joined at {joinedAt}, when {before} values had been accepted already.");
        using var cancellation = new CancellationTokenSource();
        var leaving = Task.CompletedTask;
        var limit = int.MaxValue;
        var leaves = false;
        _last.Clear();
        Seen = 0;
        if (!isObserver)
        {
            var manner = _disorder.Below(4);
            leaves = manner is 1 or 2;
            if (manner == 0) limit = _disorder.Below(500);
            else if (manner == 1) leaving = Task.Run(() => LeaveAsync(() => subscription.DisposeAsync().AsTask()));
            else if (manner == 2) leaving = Task.Run(() => LeaveAsync(cancellation.CancelAsync));
        }

        var ended = false;
        try
        {
            if (_disorder.OneIn(2)) ended = await ReadAsync(subscription.GetAsyncEnumerator(cancellation.Token), value => See(value, mode, joinedAt), limit);
            else ended = await ReadAsync(Batches(subscription, cancellation.Token), batch => SeeAll(batch, mode, joinedAt), limit);
        }
        catch (StreamFaultedException) when (round.HasEnded)
        {
            ended = true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // It left because of its token.
        }

        await leaving;
        await subscription.DisposeAsync();
        round.NoteProgress();
        if (ended && !leaves) Assert.True(round.HasEnded, $"{name} was told the end before the stream had been ended.");
        return ended && round.HasEnded;
    }

    private IAsyncEnumerator<StreamBatch<StressValue>> Batches(StreamSubscription<StressValue> subscription, CancellationToken cancellationToken)
    {
        var wait = _disorder.OneIn(8) ? TimeSpan.FromMilliseconds(1) : TimeSpan.Zero;
        return subscription.ReadBatchesAsync(1 + _disorder.Below(2 * round.Stream.Window), wait, cancellationToken).GetAsyncEnumerator();
    }

    /// <summary>Whether the reader came to an end before the limit.</summary>
    private async Task<bool> ReadAsync<TItem>(IAsyncEnumerator<TItem> reader, Action<TItem> see, int limit)
    {
        while (limit-- > 0)
        {
            if (!await reader.MoveNextAsync()) return true;
            see(reader.Current);
            if (_disorder.OneIn(_pace)) await _disorder.PauseAsync();
            if (_disorder.OneIn(2_000)) await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            if (isObserver) round.ObserverSaw(Seen);
        }

        return false;
    }

    private void SeeAll(StreamBatch<StressValue> batch, SubscriptionMode mode, long joinedAt)
    {
        foreach (var value in batch) See(value, mode, joinedAt);
    }

    private void See(StressValue value, SubscriptionMode mode, long joinedAt)
    {
        Assert.NotNull(value);
        if (mode == SubscriptionMode.Every) round.Order.Confirm(joinedAt + Seen, value, name);
        Assert.True(value.Number > _last.GetValueOrDefault(value.Producer, -1), $"{name} saw {value.Producer}.{value.Number} after {value.Producer}.{_last.GetValueOrDefault(value.Producer)}.");
        _last[value.Producer] = value.Number;
        Seen++;
        round.NoteProgress();
    }

    private async Task LeaveAsync(Func<Task> leaveAsync)
    {
        var disorder = new Disorder(seed ^ 0x5bd1e995);
        for (var i = disorder.Below(200); i > 0; i--) await disorder.PauseAsync(yields: 10);
        await leaveAsync();
    }
}
