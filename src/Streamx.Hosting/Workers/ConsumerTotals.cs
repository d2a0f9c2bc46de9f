namespace Streamx.Hosting.Workers;

/// <summary>The outcomes of a consumer's values, over all its attachments.</summary>
/// <remarks>
/// The subscription of an attachment knows which of its values were handled, settled otherwise or abandoned, at one moment. This class adds
/// up the attachments before it. Any thread may read the totals; they are exact once the run is over.
/// </remarks>
internal sealed class ConsumerTotals
{
    /// <summary>Guards the steps from one attachment to the next.</summary>
    private readonly Lock _lock = new();

    private long _firstPosition;

    /// <summary>How many values earlier attachments have handled.</summary>
    private long _handledBefore;

    /// <summary>How many values they had in hand when they ended, and had not settled.</summary>
    private long _unsettledBefore;

    /// <summary>How many values they have taken.</summary>
    private long _takenBefore;

    private long _gatingBefore;
    private long _skipped;
    private long _deadLettered;
    private long _retries;

    /// <summary>The number of the current attachment, or of the last one.</summary>
    private int _attachment;

    /// <summary>The number of the last attachment whose abandoned values have been counted.</summary>
    private int _countedAttachment;

    /// <summary>How many values were skipped: because they could not be read, or no dead-letter handler took them.</summary>
    internal long Skipped => Interlocked.Read(ref _skipped);

    /// <summary>How many values the dead-letter handler took.</summary>
    internal long DeadLettered => Interlocked.Read(ref _deadLettered);

    /// <summary>How many retries there were.</summary>
    internal long Retries => Interlocked.Read(ref _retries);

    /// <summary>Counts skipped values.</summary>
    internal void OnSkipped(int count) => Interlocked.Add(ref _skipped, count);

    /// <summary>Counts a value that the dead-letter handler took.</summary>
    internal void OnDeadLettered() => Interlocked.Increment(ref _deadLettered);

    /// <summary>Counts a retry.</summary>
    internal void OnRetry() => Interlocked.Increment(ref _retries);

    /// <summary>The first attachment begins.</summary>
    /// <returns>The number of the attachment.</returns>
    internal int Start(SubscriptionSnapshot joined)
    {
        _firstPosition = joined.Position;
        return _attachment = 1;
    }

    /// <summary>An attachment is over, the values that it abandoned have been counted, and another begins.</summary>
    /// <returns>The number of the new one.</returns>
    internal int Add(SubscriptionSnapshot left)
    {
        lock (_lock)
        {
            _handledBefore += left.ValuesHandled;
            _unsettledBefore += left.ValuesUnsettled;
            _takenBefore += left.ValuesFinished + left.ValuesAbandoned;
            _gatingBefore += left.TimeGating.Ticks;
            return ++_attachment;
        }
    }

    /// <summary>An attachment is over: counts the values that it abandoned, once.</summary>
    /// <param name="number">The number of the attachment.</param>
    /// <param name="left">The subscription. If it has not left after all, nothing is counted.</param>
    internal long CountAbandoned(int number, SubscriptionSnapshot left)
    {
        lock (_lock)
        {
            if (left.ValuesAbandoned == 0 || number <= _countedAttachment) return 0;
            _countedAttachment = number;
            return left.ValuesUnsettled;
        }
    }

    /// <summary>How many values were handled.</summary>
    internal long Finished(SubscriptionSnapshot? now) => _handledBefore + (now?.ValuesHandled ?? 0);

    /// <summary>How many values were in hand when it left, in any of its attachments, and neither handled nor taken.</summary>
    internal long Abandoned(SubscriptionSnapshot? now) => _unsettledBefore + (now?.ValuesUnsettled ?? 0);

    /// <summary>How many accepted values it never got.</summary>
    internal long Undelivered(SubscriptionSnapshot now, long accepted) => now.Mode == SubscriptionMode.Every
        // What is still in hand belongs to neither count.
        ? Math.Max(
            0,
            accepted - _firstPosition - _takenBefore - now.ValuesFinished - now.ValuesAbandoned - (now.HoldsValue ? now.ValuesInHand : 0))
        : now.Lag;

    /// <summary>How long producers waited for it.</summary>
    internal TimeSpan Gating(SubscriptionSnapshot? now) => TimeSpan.FromTicks(_gatingBefore) + (now?.TimeGating ?? TimeSpan.Zero);
}
