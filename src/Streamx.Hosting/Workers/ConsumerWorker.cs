namespace Streamx.Hosting;

/// <summary>Runs one consumer, of whatever kind.</summary>
internal abstract class ConsumerWorker<T>(ConsumerSetup<T> setup) : Worker(setup.Name)
{
    /// <summary>Whether it has failed.</summary>
    private volatile bool _hasFailed;

    /// <summary>Which values it sees.</summary>
    internal SubscriptionMode Mode => setup.Mode;

    /// <summary>Its membership in the stream; set before it is started.</summary>
    internal StreamSubscription<T>? Subscription { get; set; }

    /// <summary>The stream it consumes.</summary>
    protected HostedStream<T> Stream => setup.Stream;

    /// <summary>What it has done so far.</summary>
    internal ConsumerShutdownReport Report()
    {
        var snapshot = Subscription?.GetSnapshot();
        return new ConsumerShutdownReport
        {
            Name = Name,
            Finished = snapshot?.ValuesFinished ?? 0,
            Aborted = snapshot?.ValuesAbandoned ?? 0,
            Undelivered = snapshot?.Lag ?? 0,
            TimeWaitedFor = snapshot?.TimeGating ?? TimeSpan.Zero,
            HasReturned = Run.IsCompleted,
        };
    }

    /// <summary>Consumes until the stream ends.</summary>
    protected abstract Task ConsumeAsync(StreamSubscription<T> subscription, CancellationToken abortToken);

    /// <summary>Deals with what the consumer threw. Call it before the subscription is left: no value commits in between.</summary>
    /// <remarks>A second call for the same exception, further out, does nothing.</remarks>
    protected void OnError(Exception error)
    {
        if (_hasFailed) return;
        // Told to give up, it did.
        if (error is OperationCanceledException && Stream.AbortToken.IsCancellationRequested) return;
        // The stream's own end, which has been logged where it happened.
        if (error is StreamFaultedException { InnerException: { } fault } && fault == Stream.Stream.Fault) return;
        _hasFailed = true;
        Log.ConsumerFailed(Stream.Logger, error, Stream.Name, Name);
        Stream.Stream.TryFault(error);
    }

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

        var leftEarly = !_hasFailed && !subscription.HasReachedEnd && !Stream.AbortToken.IsCancellationRequested;
        if (leftEarly) Log.ConsumerReturned(Stream.Logger, Stream.Name, Name);
        await subscription.DisposeAsync().ConfigureAwait(false);
        Stream.OnConsumerEnded(this, leftEarly);
    }
}
