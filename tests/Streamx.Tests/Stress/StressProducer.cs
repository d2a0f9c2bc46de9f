using Streamx.Tests.Schedules;
using Streamx.Tests.Support;

namespace Streamx.Tests.Stress;

/// <summary>Puts its share of a round's values, several at a time, some of them tried or cancelled.</summary>
internal sealed class StressProducer(StressRound round, int number, int count, int seed)
{
    private readonly Disorder _disorder = new(seed);
    private readonly Queue<(int Number, ValueTask Task)> _waiting = [];

    /// <summary>The last cancelling of a put, which may go on while others are put already.</summary>
    private Task _cancelling = Task.CompletedTask;

    /// <summary>The numbers of the values the stream accepted, in the order in which they were put.</summary>
    internal List<int> Accepted { get; } = [];

    internal async Task RunAsync()
    {
        var burst = 1 + _disorder.Below(4);
        for (var i = 0; i < count && !round.HasEnded; i++)
        {
            var value = new StressValue(number, i, round.Weight);
            if (_disorder.OneIn(20))
            {
                // What waits is settled first, so that Accepted has the order of the calls.
                while (_waiting.Count > 0) await SettleAsync();
                if (round.Stream.TryPut(value)) Accept(i);
            }
            else if (_disorder.OneIn(20))
            {
                await PutAndCancelAsync(value);
            }
            else
            {
                _waiting.Enqueue((i, round.Stream.PutAsync(value)));
            }

            if (_waiting.Count >= burst) await SettleAsync();
            if (_disorder.OneIn(50)) await _disorder.PauseAsync();
            if (_disorder.OneIn(500)) await FlushAsync();
            if (_disorder.OneIn(500)) SnapshotRules.Check(round.Stream.GetSnapshot());
        }

        while (_waiting.Count > 0) await SettleAsync();
        await _cancelling;
    }

    private async Task PutAndCancelAsync(StressValue value)
    {
        while (_waiting.Count > 0) await SettleAsync();
        await _cancelling;
        var cancellation = new CancellationTokenSource();
        var put = round.Stream.PutAsync(value, cancellation.Token);
        _cancelling = _disorder.OneIn(2) ? cancellation.CancelAsync() : Task.Run(cancellation.Cancel);
        if (await AwaitAsync(put, cancellation.Token)) Accept(value.Number);
    }

    private async Task FlushAsync()
    {
        var accepted = round.Stream.GetSnapshot().ValuesPut;
        if (!await AwaitAsync(round.Stream.FlushAsync(), default)) return;
        foreach (var subscription in round.Stream.GetSnapshot().Subscriptions.Where(subscription => subscription.Mode == SubscriptionMode.Every))
            Assert.True(subscription.Position >= accepted, $"A flush of {accepted} values did not wait for {subscription}.");
    }

    private async Task SettleAsync()
    {
        var (putNumber, task) = _waiting.Dequeue();
        if (await AwaitAsync(task, default)) Accept(putNumber);
    }

    private void Accept(int accepted)
    {
        Accepted.Add(accepted);
        round.NoteProgress();
    }

    private async Task<bool> AwaitAsync(ValueTask task, CancellationToken cancelledBy)
    {
        try
        {
            await task;
            return true;
        }
        catch (OperationCanceledException error) when (cancelledBy.IsCancellationRequested && error.CancellationToken == cancelledBy)
        {
            return false;
        }
        catch (Exception error) when (error is StreamClosedException or StreamFaultedException && round.HasEnded)
        {
            return false;
        }
    }
}
