namespace Streamx.Hosting.Failures;

/// <summary>Gives the values of one stream that could not be handled to its dead-letter handler, each in a scope of its own.</summary>
internal sealed class DeadLetters<T>(
    IServiceProvider services, Func<IServiceProvider, IDeadLetterHandler<T>> resolve, Action<Exception> onDisposeFailed)
{
    /// <summary>Passes one letter to the handler.</summary>
    internal async ValueTask HandleAsync(DeadLetter<T> letter, CancellationToken abortToken)
    {
        var scope = WorkerScope.Create(services);
        Exception? failure = null;
        try
        {
            await resolve(scope.ServiceProvider).HandleAsync(letter, abortToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            failure = error;
        }

        await scope.EndAsync(failure, onDisposeFailed).ConfigureAwait(false);
    }
}
