namespace Streamx.Hosting;

/// <summary>A source of values: puts them into the stream it is registered with.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
public interface IProducer<T>
{
    /// <summary>Produces until the source is exhausted or the host stops.</summary>
    /// <param name="stream">
    /// Where the values go. A put waits until every consumer is ready for the next value, and while the producer is paused.
    /// Several tasks may put at once.
    /// </param>
    /// <param name="stoppingToken">
    /// Cancelled as soon as the host begins to stop, or an operator drains the stream. Pass it on to puts and to the source.
    /// </param>
    /// <returns>
    /// A task whose end means the end of input: when the last producer of a stream has returned, the stream closes and drains.
    /// Ending with <see cref="OperationCanceledException"/> after that is a normal end too, and so is the
    /// <see cref="StreamClosedException"/> of a put. After any other exception <see cref="ProducerOptions.OnFailure"/> decides: by
    /// default the stream faults and the host stops with exit code 1.
    /// </returns>
    /// <remarks>
    /// Called once, on the thread pool, after every consumer has been subscribed and every hosted service has started, for a
    /// stream between processes only in the process that leads; again only after a <see cref="ProducerFailure.Restart"/>. The instance
    /// comes from a scope that lives as long as the call.
    /// </remarks>
    Task ProduceAsync(IStreamWriter<T> stream, CancellationToken stoppingToken);
}
