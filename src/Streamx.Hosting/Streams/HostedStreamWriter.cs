namespace Streamx.Hosting;

/// <summary>What producers and injected writers put through: the stream, without the rest of its surface.</summary>
internal sealed class HostedStreamWriter<T>(AsyncStream<T> stream) : IStreamWriter<T>
{
    /// <inheritdoc/>
    public ValueTask PutAsync(T value, CancellationToken cancellationToken = default) => stream.PutAsync(value, cancellationToken);

    /// <inheritdoc/>
    public bool TryPut(T value) => stream.TryPut(value);

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => stream.FlushAsync(cancellationToken);
}
