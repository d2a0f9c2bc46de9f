using Streamx.Engine;

namespace Streamx.Hosting;

/// <summary>What injected writers and processors put through: the stream, without the rest of its surface.</summary>
/// <param name="stream">The stream.</param>
/// <param name="telemetry">Measures whoever puts through it.</param>
internal sealed class HostedStreamWriter<T>(HostedStream<T> stream, ProducerTelemetry telemetry) : IStreamWriter<T>, IStreamClock
{
    /// <inheritdoc/>
    public TimeProvider TimeProvider => stream.TimeProvider;

    /// <inheritdoc/>
    public ValueTask PutAsync(T value, CancellationToken cancellationToken = default)
    {
        ConsumerMark.Check(stream);
        return PutNowAsync(value, cancellationToken);
    }

    /// <inheritdoc/>
    public bool TryPut(T value)
    {
        ConsumerMark.Check(stream);
        return stream.Remote is { } remote ? remote.TryPut(value, telemetry) : stream.Stream.TryPut(value, telemetry);
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ConsumerMark.Check(stream);
        stream.InjectedPuts.CheckOpen();
        return stream.Remote is { } remote ? remote.FlushAsync(cancellationToken) : stream.Stream.FlushAsync(cancellationToken);
    }

    private ValueTask PutNowAsync(T value, CancellationToken cancellationToken) =>
        stream.Remote is { } remote ? remote.PutAsync(value, telemetry, cancellationToken) : stream.Stream.PutAsync(value, telemetry, cancellationToken);
}
