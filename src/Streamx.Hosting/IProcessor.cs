namespace Streamx.Hosting;

/// <summary>A stage between two streams: it consumes values of one and puts values into the other.</summary>
/// <typeparam name="TIn">The type of the values it consumes.</typeparam>
/// <typeparam name="TOut">The type of the values it puts.</typeparam>
/// <remarks>
/// Backpressure crosses it: while the output stream has no room, the value being processed stays unfinished, so the input waits
/// too. When the input has ended and every value of it has been processed, the output stream ends in turn.
/// </remarks>
public interface IProcessor<in TIn, TOut>
{
    /// <summary>Processes one value: puts none, one or many values into the output.</summary>
    /// <param name="value">The value.</param>
    /// <param name="output">The output stream.</param>
    /// <param name="abortToken">Cancelled when the time for draining is up, or the processor is detached. Not at a normal shutdown.</param>
    /// <returns>
    /// A task that ends when the value has been processed. A failure is dealt with as that of an
    /// <see cref="IConsumer{T}"/>, by the processor's <see cref="ProcessorOptions"/>.
    /// </returns>
    /// <remarks>
    /// Called with one value at a time; with <see cref="ConsumerOptions.Concurrency"/>, with as many at once as that says.
    /// A value that is tried again after a failure is processed from the
    /// start: what it had put by then is put twice. By default each value gets a new instance from a scope of its own; see
    /// <see cref="ConsumerOptions.ScopePerValue"/>.
    /// </remarks>
    Task ProcessAsync(TIn value, IStreamWriter<TOut> output, CancellationToken abortToken);
}
