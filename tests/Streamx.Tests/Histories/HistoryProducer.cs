using Streamx.Tests.Schedules;

namespace Streamx.Tests.Histories;

/// <summary>Puts, tries, cancels and flushes at random, with several puts waiting at once.</summary>
internal sealed class HistoryProducer(AsyncStream<PutCall> stream, History history, int number, int seed)
{
    private const int MaxWaiting = 3;

    private readonly Disorder _disorder = new(seed);
    private readonly List<(PutCall Put, ValueTask Task, CancellationTokenSource Cancellation)> _waiting = [];
    private int _made;

    internal async Task RunAsync()
    {
        for (var i = 2 + _disorder.Below(12); i > 0; i--)
        {
            await _disorder.PauseAsync();
            switch (_disorder.Below(8))
            {
                case 0 or 1: TryPut(); break;
                case 2: await CancelAsync(); break;
                case 3: await FlushAsync(); break;
                case 4: await AwaitOneAsync(); break;
                default: Put(); break;
            }

            if (_waiting.Count > MaxWaiting) await AwaitOneAsync();
        }

        if (_disorder.OneIn(3)) await CancelAsync();
        while (_waiting.Count > 0) await AwaitOneAsync();
    }

    private PutCall Make(bool isTry)
    {
        var put = new PutCall(number, _made++, isTry) { Invoked = history.Clock.Tick() };
        history.Puts.Enqueue(put);
        return put;
    }

    private void TryPut()
    {
        var put = Make(isTry: true);
        put.Result = stream.TryPut(put) ? PutResult.Accepted : PutResult.NotNow;
        put.Returned = put.Responded = history.Clock.Tick();
    }

    private void Put()
    {
        var cancellation = new CancellationTokenSource();
        var put = Make(isTry: false);
        var task = stream.PutAsync(put, cancellation.Token);
        put.Waited = !task.IsCompleted;
        put.Returned = history.Clock.Tick();
        _waiting.Add((put, task, cancellation));
    }

    /// <summary>Cancels one of the waiting puts, here or at the same time as what comes next.</summary>
    private async Task CancelAsync()
    {
        if (_waiting.Count == 0) return;
        var (put, _, cancellation) = _waiting[_disorder.Below(_waiting.Count)];
        if (put.CancelInvoked != HistoryClock.Never) return;
        put.CancelInvoked = history.Clock.Tick();
        var cancelling = cancellation.CancelAsync();
        if (_disorder.OneIn(2)) await cancelling;
    }

    private async Task AwaitOneAsync()
    {
        if (_waiting.Count == 0) return;
        var (put, task, cancellation) = _waiting[0];
        _waiting.RemoveAt(0);
        put.Result = await ResultAsync(task);
        put.Responded = history.Clock.Tick();
        cancellation.Dispose();
    }

    private async Task FlushAsync()
    {
        using var cancellation = new CancellationTokenSource();
        var invoked = history.Clock.Tick();
        var flush = stream.FlushAsync(_disorder.OneIn(2) ? cancellation.Token : default).AsTask();
        var cancelling = _disorder.OneIn(3) ? cancellation.CancelAsync() : Task.CompletedTask;
        var result = await ResultAsync(new ValueTask(flush));
        if (result == PutResult.Accepted) history.Flushes.Enqueue(new FlushCall(invoked, history.Clock.Tick()));
        await cancelling;
    }

    private static async Task<PutResult> ResultAsync(ValueTask task)
    {
        try
        {
            await task;
            return PutResult.Accepted;
        }
        catch (OperationCanceledException)
        {
            return PutResult.Cancelled;
        }
        catch (StreamClosedException)
        {
            return PutResult.Closed;
        }
        catch (StreamFaultedException)
        {
            return PutResult.Faulted;
        }
        catch (InvalidOperationException)
        {
            return PutResult.NoSubscribers;
        }
    }
}
