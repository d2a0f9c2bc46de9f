using Streamx.Engine;

namespace Streamx.Hosting.Streams;

/// <summary>The writer of application code and processors: the stream, without the rest of its surface.</summary>
/// <param name="stream">The stream.</param>
/// <param name="telemetry">Measures the puts through it.</param>
/// <param name="isOfSlots">Whether it is the writer of a processor with several slots.</param>
internal sealed class HostedStreamWriter<T>(
    HostedStream<T> stream, ProducerTelemetry telemetry, bool isOfSlots = false) : IStreamWriter<T>, IStreamClock
{
    private readonly StreamBackend<T> _backend = stream.Backend;

    /// <inheritdoc/>
    public TimeProvider TimeProvider => stream.TimeProvider;

    /// <summary>
    /// Observes the current put. A consumer's code may use the injected writer of another stream, too; and the slots of a processor share
    /// its writer.
    /// </summary>
    private PutObserver Observer =>
        telemetry.IsInjected ? ConsumerMark.ObserverOf(stream)
        : isOfSlots ? ConsumerMark.ObserverOf(stream, telemetry)
        : telemetry;

    /// <inheritdoc/>
    public ValueTask PutAsync(T value, CancellationToken cancellationToken = default)
    {
        ConsumerMark.Check(stream);
        return _backend.PutAsync(value, Observer, cancellationToken);
    }

    /// <inheritdoc/>
    public bool TryPut(T value)
    {
        ConsumerMark.Check(stream);
        return _backend.TryPut(value, Observer);
    }

    /// <inheritdoc/>
    public ValueTask PutManyAsync(ReadOnlyMemory<T> values, CancellationToken cancellationToken = default)
    {
        ConsumerMark.Check(stream);
        return _backend.PutManyAsync(values, Observer, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ConsumerMark.Check(stream);
        stream.InjectedPuts.CheckOpen();
        return _backend.FlushAsync(cancellationToken);
    }
}
