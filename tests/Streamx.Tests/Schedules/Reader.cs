namespace Streamx.Tests.Schedules;

/// <summary>One consumer of a round: joins, reads in one way, leaves in one way, and remembers what it saw.</summary>
internal sealed class Reader(Round round, int seed, bool staysToTheEnd)
{
    private readonly Disorder _disorder = new(seed);

    /// <summary>What it saw, in order.</summary>
    internal List<Put> Seen { get; } = [];

    /// <summary>Its position when it had joined.</summary>
    internal long JoinedAt { get; private set; }

    /// <summary>The round's time before and after it joined.</summary>
    internal (long Before, long After) Joined { get; private set; }

    /// <summary>Its last counts.</summary>
    internal SubscriptionSnapshot? Left { get; private set; }

    /// <summary>Whether it read until the stream told it that it had ended.</summary>
    internal bool SawTheEnd { get; private set; }

    /// <summary>Whether it was told the fault.</summary>
    internal bool SawTheFault { get; private set; }

    /// <summary>How it reads and how it leaves, for a failing round's description.</summary>
    internal string Manner { get; private set; } = "not yet joined";

    internal SubscriptionMode Mode { get; private set; }

    /// <summary>Joins before the returned task yields for the first time, when it stays to the end.</summary>
    internal async Task RunAsync()
    {
        if (!staysToTheEnd)
        {
            Mode = _disorder.OneIn(4) ? SubscriptionMode.Latest : SubscriptionMode.Every;
            for (var i = _disorder.Below(4); i > 0; i--) await _disorder.PauseAsync(yields: 10);
        }

        var before = round.Tick();
        var subscription = round.Stream.Subscribe(new SubscriptionOptions { Mode = Mode });
        var snapshot = subscription.GetSnapshot();
        JoinedAt = snapshot.Position - snapshot.ValuesOvertaken;
        Joined = (before, round.Tick());
        using var cancellation = new CancellationTokenSource();
        var limit = int.MaxValue;
        var leaving = Task.CompletedTask;
        if (!staysToTheEnd)
        {
            switch (_disorder.Below(6))
            {
                case 0:
                    limit = 1 + _disorder.Below(8);
                    break;
                case 1:
                    leaving = Task.Run(async () =>
                    {
                        await PauseAsync();
                        await subscription.DisposeAsync();
                    });
                    break;
                case 2:
                    leaving = Task.Run(async () =>
                    {
                        await PauseAsync();
                        await cancellation.CancelAsync();
                    });
                    break;
                case 3:
                    Manner = "joins and never reads";
                    await PauseAsync();
                    await subscription.DisposeAsync();
                    Left = subscription.GetSnapshot();
                    return;
                default:
                    break;
            }
        }

        try
        {
            if (_disorder.OneIn(2)) await ReadValuesAsync(subscription, limit, cancellation.Token);
            else await ReadBatchesAsync(subscription, limit, cancellation.Token);
        }
        catch (StreamFaultedException error) when (ReferenceEquals(error.InnerException, round.Error))
        {
            SawTheFault = SawTheEnd = true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // It left because of its token.
        }
        catch (LeftByExceptionException)
        {
            // It left because of its loop's body.
        }

        await leaving;
        await subscription.DisposeAsync();
        Left = subscription.GetSnapshot();
    }

    private async Task PauseAsync()
    {
        var disorder = new Disorder(seed ^ 0x5bd1e995);
        for (var i = disorder.Below(30); i > 0; i--) await disorder.PauseAsync(yields: 10);
    }

    private async Task ReadValuesAsync(StreamSubscription<Put> subscription, int limit, CancellationToken cancellationToken)
    {
        Manner = $"values, {limit} at most";
        var throws = _disorder.OneIn(2);
        await foreach (var value in subscription.WithCancellation(cancellationToken))
        {
            Seen.Add(value);
            await _disorder.PauseAsync();
            if (Seen.Count < limit) continue;
            if (throws) throw new LeftByExceptionException();
            return;
        }

        SawTheEnd = subscription.HasReachedEnd;
    }

    private async Task ReadBatchesAsync(StreamSubscription<Put> subscription, int limit, CancellationToken cancellationToken)
    {
        var size = 1 + _disorder.Below(2 * round.Stream.Window);
        TimeSpan[] waits = round.MayWaitForEver
            ? [TimeSpan.Zero, TimeSpan.FromMicroseconds(50), TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan]
            : [TimeSpan.Zero, TimeSpan.FromMicroseconds(50), TimeSpan.FromMilliseconds(1)];
        var wait = _disorder.OneOf<TimeSpan>(waits);
        Manner = $"batches of {size}, waiting {wait}, {limit} at most";
        await foreach (var batch in subscription.ReadBatchesAsync(size, wait, cancellationToken))
        {
            Assert.InRange(batch.Count, 1, Mode == SubscriptionMode.Latest ? 1 : Math.Min(size, round.Stream.Window));
            Seen.AddRange(batch.Span);
            await _disorder.PauseAsync();
            if (Seen.Count >= limit) return;
        }

        SawTheEnd = subscription.HasReachedEnd;
    }

    private sealed class LeftByExceptionException : Exception;
}
