namespace Streamx.Hosting.Workers;

/// <summary>Runs a consumer that has a loop of its own.</summary>
internal sealed class LoopWorker<T> : ConsumerWorker<T>
{
    private readonly IServiceProvider _services;
    private readonly Func<IServiceProvider, IStreamConsumer<T>> _resolve;

    /// <summary>The waits before the loop is started again.</summary>
    private readonly Backoff _restart;

    /// <summary>Its last failure, which causes the restart.</summary>
    private Exception? _lastFailure;

    internal LoopWorker(ConsumerSetup<T> setup, IServiceProvider services, Func<IServiceProvider, IStreamConsumer<T>> resolve)
        : base(setup)
    {
        _services = services;
        _resolve = resolve;
        _restart = CreateBackoff(Options.Restart, OnRestartWait);
    }

    /// <inheritdoc/>
    internal override bool IsLoop => true;

    /// <inheritdoc/>
    protected override Task ConsumeAsync(Attachment attachment)
    {
        // Its code runs from here to its end, whether it has a value in hand or not.
        Slots[0].Mark();
        Slots[0].IsAtWork = true;
        return Options.OnFailure == ConsumerFailure.Restart ? ConsumeWithRestartsAsync(attachment) : ConsumeOnceAsync(attachment);
    }

    private async Task ConsumeOnceAsync(Attachment attachment)
    {
        // At most the fence is between the subscription and the loop: a loop that breaks leaves at once.
        var error = await RunLoopAsync(Stream.Backend.ReadValues(attachment.Subscription), attachment).ConfigureAwait(false);
        End(attachment, new RunEnd(error, Detaches: error is not null && Options.OnFailure == ConsumerFailure.Detach));
    }

    private async Task ConsumeWithRestartsAsync(Attachment attachment)
    {
        var feed = Stream.Backend.ReadAcrossRuns(attachment.Subscription, attachment.Token);
        try
        {
            feed.BeginRun();
            var error = await RunLoopAsync(feed, attachment).ConfigureAwait(false);
            while (error is not null && !IsNormalEnd(attachment, error))
            {
                // After a settled value the count of restarts begins anew, so this loop may repeat.
                feed.HasSettled = false;
                _lastFailure = error;
                error = await _restart.RunAsync(error, _ => RestartAsync(feed, attachment), attachment.Token).ConfigureAwait(false);
                if (!feed.HasSettled) break;
            }

            // The end takes effect before the value is released: no other value may commit in between.
            End(attachment, new RunEnd(error));
        }
        finally
        {
            await feed.LeaveAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<TryResult> RestartAsync(LoopFeed<T> feed, Attachment attachment)
    {
        CountRestart(_lastFailure!);
        Slots[0].State = StreamxConsumerState.Processing;
        feed.BeginRun();
        var error = await RunLoopAsync(feed, attachment).ConfigureAwait(false);
        if (error is not null) _lastFailure = error;
        return new TryResult(error, IsLast: feed.HasSettled || (error is not null && IsNormalEnd(attachment, error)));
    }

    /// <summary>Runs the loop once. Returns its failure, or null.</summary>
    private async Task<Exception?> RunLoopAsync(IAsyncEnumerable<T> values, Attachment attachment)
    {
        try
        {
            var scope = WorkerScope.Create(_services);
            Exception? failure = null;
            try
            {
                if (Stream.Probe is { } probe) values = probe.Watch(Stream.Name, Name, values);
                await NullTask.Check(
                    _resolve(scope.ServiceProvider).ConsumeAsync(values, attachment.Token), "Consumer", Name,
                    Stream.Name).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                failure = error;
            }

            await scope.EndAsync(failure, OnDisposeFailed).ConfigureAwait(false);
            return null;
        }
        catch (Exception error)
        {
            if (!IsNormalEnd(attachment, error)) CountFault(error, InHand);
            return error;
        }
    }

    private void OnRestartWait(int attempt, TimeSpan delay, Exception error)
    {
        Slots[0].State = StreamxConsumerState.RestartWait;
        Log.ConsumerRestarts(Stream.Logger, error, Stream.Name, Name, delay.TotalSeconds, attempt, InHand);
    }
}
