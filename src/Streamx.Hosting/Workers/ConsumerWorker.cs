namespace Streamx.Hosting;

/// <summary>Runs one consumer, of whatever kind.</summary>
internal abstract class ConsumerWorker<T>(ConsumerSetup<T> setup) : Worker(setup.Name)
{
    /// <summary>The error it failed with.</summary>
    private volatile Exception? _failure;

    /// <summary>Whether it ended because it was told to abort.</summary>
    private volatile bool _wasAborted;

    /// <summary>Which values it sees.</summary>
    internal SubscriptionMode Mode => setup.Mode;

    /// <summary>Its membership in the stream; set before it is started.</summary>
    internal StreamSubscription<T>? Subscription { get; set; }

    /// <summary>The stream it consumes.</summary>
    protected HostedStream<T> Stream => setup.Stream;

    /// <summary>Whether it ended because it was told to abort, or has not ended although it was.</summary>
    internal override bool WasAborted => _wasAborted || !Run.IsCompleted;

    /// <summary>What it has done so far.</summary>
    /// <param name="accepted">How many values the stream has accepted.</param>
    internal ConsumerShutdownReport Report(long accepted)
    {
        var snapshot = Subscription?.GetSnapshot();
        return new ConsumerShutdownReport
        {
            Name = Name,
            Finished = snapshot?.ValuesFinished ?? 0,
            Aborted = snapshot?.ValuesAbandoned ?? 0,
            // What a consumer that has left early did not see counts too.
            Undelivered = snapshot is null ? 0 : Mode == SubscriptionMode.Every ? accepted - snapshot.Position - HeldNow(snapshot) : snapshot.Lag,
            TimeWaitedFor = snapshot?.TimeGating ?? TimeSpan.Zero,
            HasReturned = Run.IsCompleted,
        };

        // Only in a report made while it still has a value in hand, which there is none of after an abort.
        static long HeldNow(SubscriptionSnapshot snapshot) => snapshot.HoldsValue ? 1 : 0;
    }

    /// <summary>Consumes until the stream ends.</summary>
    protected abstract Task ConsumeAsync(StreamSubscription<T> subscription, CancellationToken abortToken);

    /// <summary>Deals with what the consumer threw. Call it before the subscription is left: no value commits in between.</summary>
    /// <remarks>A second call for the same exception, further out, does nothing.</remarks>
    protected void OnError(Exception error)
    {
        if (error == _failure) return;
        switch (error)
        {
            case OperationCanceledException when Stream.IsAborting:
                // Told to give up, it did. One that had nothing to do loses nothing by it.
                _wasAborted = HadSomethingToDo();
                return;
            case HostDisposedException:
                _wasAborted = true;
                return;
            case StreamFaultedException { InnerException: { } fault } when fault == Stream.Stream.Fault:
                // The stream's own end, which has been logged where it happened.
                return;
        }

        _failure = error;
        // The fault before the log: whatever a logger does, the failure must have its effect.
        Stream.Fail(error);
        Log.ConsumerFailed(Stream.Logger, error, Stream.Name, Name);
    }

    /// <summary>Whether there were values left for it, or it was at work after the last of them.</summary>
    private bool HadSomethingToDo() =>
        Subscription!.HasReachedEnd || Subscription.GetSnapshot() is { ValuesAbandoned: > 0 } or { Lag: > 0 };

    /// <inheritdoc/>
    protected override async Task RunAsync()
    {
        var subscription = Subscription!;
        try
        {
            await ConsumeAsync(subscription, Stream.AbortToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            OnError(error);
        }
        finally
        {
            var leftEarly = _failure is null && !_wasAborted && !subscription.HasReachedEnd && !Stream.IsAborting;
            // Decided before it leaves: where values without a consumer are discarded, the last one must not leave a gap.
            Stream.OnConsumerEnded(this, leftEarly);
            await subscription.DisposeAsync().ConfigureAwait(false);
            if (leftEarly) Log.ConsumerReturned(Stream.Logger, Stream.Name, Name);
        }
    }
}
