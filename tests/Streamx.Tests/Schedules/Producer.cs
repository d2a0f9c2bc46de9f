namespace Streamx.Tests.Schedules;

/// <summary>One producer of a round: puts in bursts, cancels, tries, flushes, and remembers what came of it.</summary>
internal sealed class Producer(Round round, int number, int seed)
{
    private readonly Disorder _disorder = new(seed);

    /// <summary>Every attempt, in the order in which they were made.</summary>
    internal List<Put> Puts { get; } = [];

    internal async Task RunAsync()
    {
        for (var i = _disorder.Below(12); i > 0; i--)
        {
            await _disorder.PauseAsync();
            if (_disorder.OneIn(5)) TryPut();
            else if (round.UsesFlush && _disorder.OneIn(6)) await FlushAsync();
            else await PutAsync();
        }
    }

    private Put Attempt()
    {
        var put = new Put(number, Puts.Count) { MadeAt = round.Tick() };
        Puts.Add(put);
        return put;
    }

    private void TryPut()
    {
        var put = Attempt();
        if (round.Stream.TryPut(put)) put.SucceededAt = round.Tick();
    }

    /// <summary>Makes one put or several before it awaits the first, some of them to be cancelled.</summary>
    private async Task PutAsync()
    {
        using var cancellation = new CancellationTokenSource();
        var cancelling = Task.CompletedTask;
        var burst = new List<(Put Put, ValueTask Task)>();
        for (var i = _disorder.OneIn(3) ? _disorder.Below(5) : 0; i >= 0; i--)
        {
            var put = Attempt();
            burst.Add((put, round.Stream.PutAsync(put, _disorder.OneIn(3) ? cancellation.Token : default)));
            if (_disorder.OneIn(8)) TryPut();
        }

        if (_disorder.OneIn(2))
        {
            var disorder = new Disorder(_disorder.Below(int.MaxValue));
            cancelling = Task.Run(async () =>
            {
                await disorder.PauseAsync(yields: 10);
                await cancellation.CancelAsync();
            });
        }

        foreach (var (put, task) in burst) await SettleAsync(put, task);
        await cancelling;
    }

    private async Task SettleAsync(Put put, ValueTask task)
    {
        try
        {
            await task;
            put.SucceededAt = round.Tick();
        }
        catch (OperationCanceledException)
        {
            // Withdrawn: no subscription may see it.
        }
        catch (StreamClosedException)
        {
            Assert.NotEqual(StreamState.Open, round.Stream.State);
        }
        catch (StreamFaultedException error)
        {
            Assert.Same(round.Error, error.InnerException);
        }
        catch (InvalidOperationException) when (round.WhenNoSubscribers == NoSubscribers.Throw)
        {
            // There was no subscription to see it.
        }
    }

    private async Task FlushAsync()
    {
        var disorder = new Disorder(_disorder.Below(int.MaxValue));
        using var cancellation = new CancellationTokenSource();
        var cancelling = disorder.OneIn(3)
            ? Task.Run(async () =>
            {
                await disorder.PauseAsync(yields: 10);
                await cancellation.CancelAsync();
            })
            : Task.CompletedTask;
        try
        {
            await round.Stream.FlushAsync(cancellation.Token);
        }
        catch (OperationCanceledException)
        {
            // It no longer waits.
        }
        catch (StreamFaultedException error)
        {
            Assert.Same(round.Error, error.InnerException);
        }

        await cancelling;
    }
}
