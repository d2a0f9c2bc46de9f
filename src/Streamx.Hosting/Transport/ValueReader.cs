namespace Streamx.Hosting;

/// <summary>Makes values of what comes over a transport, and does what the consumer's options say about one that cannot be read.</summary>
internal sealed class ValueReader<T>(HostedStream<T> stream, IStreamSerializer<T> serializer, ConsumerWorker<T> consumer)
{
    /// <summary>Reads a value. One that cannot be read has been skipped, or the consumer detached, or the stream faulted by then.</summary>
    internal bool TryRead(TransportDelivery delivery, out T value)
    {
        try
        {
            value = serializer.Deserialize(delivery.Body.Span);
            return true;
        }
        catch (Exception error)
        {
            value = default!;
            OnUnreadable(delivery, error);
            return false;
        }
    }

    private void OnUnreadable(TransportDelivery delivery, Exception error)
    {
        Log.ValueUnreadable(stream.Logger, error, stream.Name, consumer.Name, delivery.Sequence, consumer.Options.OnFailure);
        switch (consumer.Options.OnFailure)
        {
            case ConsumerFailure.Skip:
                consumer.OnUnreadable();
                break;
            case ConsumerFailure.Detach when consumer.TryDetach():
                consumer.Leave();
                break;
            default:
                stream.Fail(new InvalidDataException($"Value {delivery.Sequence} of stream '{stream.Name}' cannot be read by consumer '{consumer.Name}'.", error));
                break;
        }
    }
}
