namespace Streamx.Hosting;

/// <summary>Gives the values of one stream that could not be handled to its dead-letter handler, each in a scope of its own.</summary>
internal sealed class DeadLetters<T>(IServiceProvider services, Func<IServiceProvider, IDeadLetterHandler<T>> resolve)
{
    /// <summary>Has one letter taken.</summary>
    internal async ValueTask HandleAsync(DeadLetter<T> letter, CancellationToken abortToken)
    {
        var scope = HostDisposedException.CreateScope(services);
        await using (scope.ConfigureAwait(false))
        {
            await resolve(scope.ServiceProvider).HandleAsync(letter, abortToken).ConfigureAwait(false);
        }
    }
}
