namespace Streamx.Hosting;

/// <summary>What injected writers and processors put through: the stream, without the rest of its surface.</summary>
internal sealed class HostedStreamWriter<T>(HostedStream<T> stream) : IStreamWriter<T>
{
    /// <inheritdoc/>
    public ValueTask PutAsync(T value, CancellationToken cancellationToken = default)
    {
        ConsumerMark.Check(stream);
        return stream.Stream.PutAsync(value, cancellationToken);
    }

    /// <inheritdoc/>
    public bool TryPut(T value)
    {
        ConsumerMark.Check(stream);
        return stream.Stream.TryPut(value);
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ConsumerMark.Check(stream);
        return stream.Stream.FlushAsync(cancellationToken);
    }
}
