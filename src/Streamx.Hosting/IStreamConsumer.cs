namespace Streamx.Hosting;

/// <summary>Consumes with a loop of its own.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
public interface IStreamConsumer<in T>
{
    /// <summary>Runs the loop: <c>await foreach (var value in stream)</c>.</summary>
    /// <param name="stream">
    /// The values, from the first one on. Can be enumerated once, by one reader. Asking for the next value finishes the last. The loop ends
    /// when the stream has closed and everything accepted has been seen.
    /// </param>
    /// <param name="abortToken">Cancelled when the time for draining is up, or the consumer is detached. Not at a normal shutdown.</param>
    /// <returns>
    /// A task that is expected to end after the loop has. Returning earlier leaves the stream, and is logged as a warning; when
    /// no consumer remains that way, the stream faults. After an exception <see cref="ConsumerOptions.OnFailure"/> decides: by
    /// default the stream faults and the host stops with exit code 1.
    /// </returns>
    /// <remarks>
    /// Called once, on the thread pool; again only after a <see cref="ConsumerFailure.Restart"/>, which begins with the value that
    /// was in hand, or when the consumer is attached again. The instance comes from a scope that lives as long as the call.
    /// </remarks>
    Task ConsumeAsync(IAsyncEnumerable<T> stream, CancellationToken abortToken);
}
