using Streamx.Tests.Schedules;

namespace Streamx.Tests.Histories;

/// <summary>Joins, reads values or batches, leaves in one of the ways there are, and sometimes joins again.</summary>
internal sealed class HistoryConsumer(AsyncStream<PutCall> stream, History history, int number, int seed, bool isObserver)
{
    private readonly Disorder _disorder = new(seed);

    /// <summary>The observer has joined when this returns.</summary>
    internal async Task RunAsync()
    {
        if (isObserver)
        {
            await StayAsync("observer", SubscriptionMode.Every);
            return;
        }

        for (var i = _disorder.Below(3); i >= 0; i--)
        {
            await _disorder.PauseAsync(yields: 10);
            await StayAsync($"c{number}.{i}", _disorder.OneIn(4) ? SubscriptionMode.Latest : SubscriptionMode.Every);
        }
    }

    private async Task StayAsync(string name, SubscriptionMode mode)
    {
        var log = new SubscriptionLog(name, mode) { SubscribeInvoked = history.Clock.Tick() };
        history.Subscriptions.Enqueue(log);
        var subscription = stream.Subscribe(new SubscriptionOptions { Name = name, Mode = mode });
        log.SubscribeReturned = history.Clock.Tick();
        log.IsMember = stream.GetSnapshot().Subscriptions.Any(member => member.Name == name);
        var snapshot = subscription.GetSnapshot();
        log.JoinedAt = snapshot.Position - snapshot.ValuesOvertaken;

        using var cancellation = new CancellationTokenSource();
        var leaving = Task.CompletedTask;
        var limit = int.MaxValue;
        if (!isObserver)
        {
            var manner = _disorder.Below(5);
            if (manner == 0) limit = _disorder.Below(6);
            else if (manner == 1) leaving = Task.Run(() => LeaveAsync(log, () => subscription.DisposeAsync().AsTask()));
            else if (manner == 2) leaving = Task.Run(() => LeaveAsync(log, cancellation.CancelAsync));
        }

        try
        {
            if (_disorder.OneIn(2)) await ReadAsync(log, subscription.GetAsyncEnumerator(cancellation.Token), value => [value], limit);
            else await ReadAsync(log, Batches(subscription, cancellation.Token), batch => batch.ToArray(), limit);
        }
        catch (StreamFaultedException)
        {
            log.SawTheFault = true;
        }
        catch (OperationCanceledException)
        {
            Assert.True(cancellation.IsCancellationRequested, "Only its own token makes a subscription leave.");
        }

        await leaving;
        if (log.LeaveInvoked == HistoryClock.Never) log.LeaveInvoked = history.Clock.Tick();
        await subscription.DisposeAsync();
        if (log.LeaveReturned == HistoryClock.Never) log.LeaveReturned = history.Clock.Tick();
    }

    private IAsyncEnumerator<StreamBatch<PutCall>> Batches(StreamSubscription<PutCall> subscription, CancellationToken cancellationToken)
    {
        var wait = _disorder.OneIn(3) ? TimeSpan.FromMicroseconds(50) : TimeSpan.Zero;
        return subscription.ReadBatchesAsync(1 + _disorder.Below(2 * history.Window), wait, cancellationToken).GetAsyncEnumerator();
    }

    private async Task ReadAsync<TItem>(SubscriptionLog log, IAsyncEnumerator<TItem> reader, Func<TItem, PutCall[]> values, int limit)
    {
        while (limit-- > 0)
        {
            var read = new ReadCall(history.Clock.Tick());
            log.Reads.Add(read);
            var more = await reader.MoveNextAsync();
            read.Responded = history.Clock.Tick();
            if (more)
            {
                read.Values = values(reader.Current);
            }
            else
            {
                log.SawTheEnd = log.LeaveInvoked == HistoryClock.Never;
                return;
            }

            await _disorder.PauseAsync();
        }
    }

    private async Task LeaveAsync(SubscriptionLog log, Func<Task> leaveAsync)
    {
        var disorder = new Disorder(seed ^ 0x5bd1e995);
        for (var i = disorder.Below(20); i > 0; i--) await disorder.PauseAsync(yields: 10);
        log.LeaveInvoked = history.Clock.Tick();
        await leaveAsync();
        log.LeaveReturned = history.Clock.Tick();
    }
}
