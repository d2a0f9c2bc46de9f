namespace Streamx.Hosting.Testing;

/// <summary>A writer that passes the producer's barrier before each put, and records the accepted values.</summary>
internal sealed class WatchedWriter<T>(HarnessProducer<T> producer, IStreamWriter<T> writer) : IStreamWriter<T>, IProducerWriter<T>
{
    /// <inheritdoc/>
    public IResumableWriter<T> AsResumable() => writer.AsResumable();

    /// <inheritdoc/>
    public async ValueTask PutAsync(T value, CancellationToken cancellationToken = default)
    {
        await producer.Barrier.PassAsync(cancellationToken).ConfigureAwait(false);
        var put = writer.PutAsync(value, cancellationToken);
        if (!put.IsCompleted) producer.OnWaiting();
        await put.ConfigureAwait(false);
        producer.OnPut(value);
    }

    /// <inheritdoc/>
    public bool TryPut(T value)
    {
        if (!producer.Barrier.TryPass() || !writer.TryPut(value)) return false;
        producer.OnPut(value);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask PutManyAsync(ReadOnlyMemory<T> values, CancellationToken cancellationToken = default)
    {
        // A call without values puts nothing, so it must not use up a step.
        if (!values.IsEmpty) await PassAsync(cancellationToken).ConfigureAwait(false);
        var accepted = values.Length;
        try
        {
            var put = writer.PutManyAsync(values, cancellationToken);
            if (!put.IsCompleted) producer.OnWaiting();
            await put.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            accepted = error switch
            {
                StreamPutCanceledException cancelled => cancelled.AcceptedCount,
                StreamClosedException closed => closed.AcceptedCount,
                StreamFaultedException faulted => faulted.AcceptedCount,
                _ => 0,
            };
            throw;
        }
        finally
        {
            for (var i = 0; i < accepted; i++) producer.OnPut(values.Span[i]);
        }
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => writer.FlushAsync(cancellationToken);

    private async ValueTask PassAsync(CancellationToken cancellationToken)
    {
        try
        {
            await producer.Barrier.PassAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException cancelled)
        {
            throw new StreamPutCanceledException("The put was cancelled while its producer was held.", cancelled.CancellationToken);
        }
    }
}
