namespace Streamx.Hosting.Testing;

/// <summary>A writer that passes the producer's gate before each put, and notes what has been accepted.</summary>
internal sealed class WatchedWriter<T>(HarnessProducer<T> producer, IStreamWriter<T> writer) : IStreamWriter<T>
{
    /// <inheritdoc/>
    public async ValueTask PutAsync(T value, CancellationToken cancellationToken = default)
    {
        await producer.Gate.PassAsync(cancellationToken).ConfigureAwait(false);
        var put = writer.PutAsync(value, cancellationToken);
        if (!put.IsCompleted) producer.OnWaiting();
        await put.ConfigureAwait(false);
        producer.OnPut(value);
    }

    /// <inheritdoc/>
    public bool TryPut(T value)
    {
        if (!producer.Gate.TryPass() || !writer.TryPut(value)) return false;
        producer.OnPut(value);
        return true;
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => writer.FlushAsync(cancellationToken);
}
