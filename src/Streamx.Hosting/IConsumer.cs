namespace Streamx.Hosting;

/// <summary>Handles one value at a time, in order.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
public interface IConsumer<in T>
{
    /// <summary>Handles one value. The value is finished when the task ends; until then no put gets past the window.</summary>
    /// <param name="value">The value.</param>
    /// <param name="abortToken">
    /// Cancelled when the time for draining is up, or the consumer is detached. A host that stops does not cancel it at first: what
    /// was accepted is to be handled.
    /// </param>
    /// <returns>
    /// A task that ends when the value has been handled. After an exception the value is tried again as
    /// <see cref="ConsumerOptions.Retry"/> says, and then <see cref="ConsumerOptions.OnFailure"/> decides: by default the stream
    /// faults and the host stops with exit code 1.
    /// </returns>
    /// <remarks>
    /// Called with one value at a time; with <see cref="ConsumerOptions.Concurrency"/>, with as many at once as that says.
    /// A value in hand when the drain is aborted counts as aborted, also if
    /// its work is done in that very moment. By default each value gets a new instance from a scope of its own;
    /// see <see cref="ConsumerOptions.ScopePerValue"/>.
    /// </remarks>
    ValueTask ConsumeAsync(T value, CancellationToken abortToken);
}
