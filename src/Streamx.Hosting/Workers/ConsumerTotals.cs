namespace Streamx.Hosting;

/// <summary>What became of a consumer's values, over all its stays in the stream.</summary>
/// <remarks>
/// The subscription counts what was finished and what was abandoned. What was skipped or dead-lettered is counted here, and taken
/// off the one or the other: a value is finished as far as the stream is concerned once the next is asked for, but one whose letter was
/// taken may still be abandoned if the consumer leaves right then. Written by the consumer's run; read by anyone, and exact once that is over.
/// </remarks>
internal sealed class ConsumerTotals
{
    private long _firstPosition;
    private long _finishedBefore;
    private long _abandonedBefore;
    private long _gatingBefore;
    private long _skipped;
    private long _deadLettered;
    private long _retries;

    /// <summary>How many values of the item in hand have been skipped or dead-lettered.</summary>
    private long _settledInHand;

    /// <summary>How many values the stay had finished when the item came in hand: once there are more, it is no longer in hand.</summary>
    /// <remarks>The subscription takes the next item before the run comes to hear of it.</remarks>
    private long _finishedBeforeItem;

    /// <summary>How many that were skipped or dead-lettered count as abandoned for the stream.</summary>
    private long _settledAbandoned;

    /// <summary>How many values nobody took.</summary>
    internal long Skipped => Interlocked.Read(ref _skipped);

    /// <summary>How many values the dead-letter handler took.</summary>
    internal long DeadLettered => Interlocked.Read(ref _deadLettered);

    /// <summary>How many values of the item in hand have been skipped or dead-lettered.</summary>
    internal long SettledInHand => Interlocked.Read(ref _settledInHand);

    /// <summary>How many retries there were.</summary>
    internal long Retries => Interlocked.Read(ref _retries);

    /// <summary>Counts a retry.</summary>
    internal void OnRetry() => Interlocked.Increment(ref _retries);

    /// <summary>Counts values of the item in hand that nobody took.</summary>
    /// <param name="count">How many.</param>
    /// <param name="now">The subscription, with the item in hand.</param>
    internal void OnSkipped(int count, SubscriptionSnapshot now)
    {
        Interlocked.Exchange(ref _finishedBeforeItem, now.ValuesFinished);
        Interlocked.Add(ref _skipped, count);
        Interlocked.Add(ref _settledInHand, count);
    }

    /// <summary>Counts a value of the item in hand that the dead-letter handler took.</summary>
    /// <param name="now">The subscription, with the item in hand.</param>
    internal void OnDeadLettered(SubscriptionSnapshot now)
    {
        Interlocked.Exchange(ref _finishedBeforeItem, now.ValuesFinished);
        Interlocked.Increment(ref _deadLettered);
        Interlocked.Increment(ref _settledInHand);
    }

    /// <summary>The stream has taken the item in hand as finished.</summary>
    internal void OnFinished()
    {
        if (_settledInHand != 0) Interlocked.Exchange(ref _settledInHand, 0);
    }

    /// <summary>The first stay begins.</summary>
    internal void Start(SubscriptionSnapshot joined) => _firstPosition = joined.Position;

    /// <summary>A stay is over, and another begins.</summary>
    internal void Add(SubscriptionSnapshot left)
    {
        _settledAbandoned += SettledAbandonedIn(left);
        _finishedBefore += left.ValuesFinished;
        _abandonedBefore += left.ValuesAbandoned;
        _gatingBefore += left.TimeGating.Ticks;
        OnFinished();
    }

    /// <summary>How many values were handled.</summary>
    internal long Finished(SubscriptionSnapshot? now) =>
        _finishedBefore + (now?.ValuesFinished ?? 0) - (Skipped + DeadLettered - _settledAbandoned - SettledUnfinishedIn(now));

    /// <summary>How many values were in hand when it left, in any of its stays, and neither handled nor taken.</summary>
    internal long Abandoned(SubscriptionSnapshot? now) =>
        _abandonedBefore + (now?.ValuesAbandoned ?? 0) - _settledAbandoned - SettledAbandonedIn(now);

    /// <summary>How many accepted values it never got.</summary>
    internal long Undelivered(SubscriptionSnapshot now, long accepted) => now.Mode == SubscriptionMode.Every
        // What it still has in hand, if it does, is none of either.
        ? Math.Max(0, accepted - _firstPosition - _finishedBefore - _abandonedBefore - now.ValuesFinished - now.ValuesAbandoned - (now.HoldsValue ? 1 : 0))
        : now.Lag;

    /// <summary>How long producers waited for it.</summary>
    internal TimeSpan Gating(SubscriptionSnapshot? now) => TimeSpan.FromTicks(_gatingBefore) + (now?.TimeGating ?? TimeSpan.Zero);

    private long SettledAbandonedIn(SubscriptionSnapshot? stay) => stay is { ValuesAbandoned: > 0 } ? SettledInHandOf(stay) : 0;

    /// <summary>What has been skipped or dead-lettered, and the stream does not count as finished (yet).</summary>
    private long SettledUnfinishedIn(SubscriptionSnapshot? stay) => stay is { ValuesAbandoned: > 0 } or { HoldsValue: true } ? SettledInHandOf(stay) : 0;

    private long SettledInHandOf(SubscriptionSnapshot stay)
    {
        var settled = Interlocked.Read(ref _settledInHand);
        return settled != 0 && stay.ValuesFinished == Interlocked.Read(ref _finishedBeforeItem) ? settled : 0;
    }
}
