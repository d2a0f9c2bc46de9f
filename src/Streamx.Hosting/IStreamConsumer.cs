namespace Streamx.Hosting;

/// <summary>Consumes with a loop of its own.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
public interface IStreamConsumer<in T>
{
    /// <summary>Runs the loop: <c>await foreach (var value in stream)</c>.</summary>
    /// <param name="stream">
    /// The values, from the first one on. Can be enumerated once. Asking for the next value finishes the last. The loop ends
    /// when the stream has closed and everything accepted has been seen.
    /// </param>
    /// <param name="abortToken">Cancelled only when the time for draining is up.</param>
    /// <returns>
    /// A task that is expected to end after the loop has. Returning earlier leaves the stream, and is logged as a warning; when
    /// no consumer remains that way, the stream faults. An exception faults the stream and stops the host.
    /// </returns>
    /// <remarks>Called once, on the thread pool. The instance comes from a scope that lives as long as the call.</remarks>
    Task ConsumeAsync(IAsyncEnumerable<T> stream, CancellationToken abortToken);
}
