namespace Streamx.Hosting;

/// <summary>Runs a consumer that has a loop of its own.</summary>
internal sealed class LoopWorker<T>(ConsumerSetup<T> setup, IServiceProvider services, Func<IServiceProvider, IStreamConsumer<T>> resolve)
    : ConsumerWorker<T>(setup)
{
    /// <inheritdoc/>
    protected override async Task ConsumeAsync(StreamSubscription<T> subscription, CancellationToken abortToken)
    {
        var scope = HostDisposedException.CreateScope(services);
        await using (scope.ConfigureAwait(false))
        {
            await resolve(scope.ServiceProvider).ConsumeAsync(subscription, abortToken).ConfigureAwait(false);
        }
    }
}
