namespace Streamx.Hosting;

/// <summary>Takes the values of a stream that a consumer could not handle and skips.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <remarks>Resolved from a service scope for each letter. Called by several consumers at once, if they fail at once.</remarks>
public interface IDeadLetterHandler<T>
{
    /// <summary>Takes one value.</summary>
    /// <param name="letter">The value, the consumer that could not handle it, and why.</param>
    /// <param name="abortToken">Cancelled when the time for draining is up, or the consumer is detached.</param>
    /// <returns>A task that ends when the value is safe. Only then the consumer goes on.</returns>
    /// <remarks>It is not tried again. If it fails, the consumer has failed: the stream faults, and the value is not finished.</remarks>
    ValueTask HandleAsync(DeadLetter<T> letter, CancellationToken abortToken);
}
