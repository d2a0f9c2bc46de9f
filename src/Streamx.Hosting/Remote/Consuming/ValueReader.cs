namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Makes values of what comes over a transport, and does what the consumer's options say about one that cannot be read.</summary>
/// <param name="stream">The stream.</param>
/// <param name="serializer">Reads values.</param>
/// <param name="longest">The most bytes that a value may take.</param>
/// <param name="consumer">The consumer.</param>
internal sealed class ValueReader<T>(HostedStream<T> stream, IStreamSerializer<T> serializer, int longest, ConsumerWorker<T> consumer)
{
    /// <summary>Reads a value. One that cannot be read has been skipped, or the consumer detached, or the stream faulted by then.</summary>
    internal bool TryRead(TransportDelivery delivery, out T value)
    {
        try
        {
            if (delivery.Body.Length > longest)
                throw new InvalidDataException($"The value takes {delivery.Body.Length} bytes as it was written; MaxValueBytes allows {longest}.");
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
        consumer.NoteFailure(error);
        switch (consumer.Options.OnFailure)
        {
            case ConsumerFailure.Skip:
                consumer.OnUnreadable(delivery.Sequence, error);
                break;
            case ConsumerFailure.Detach when consumer.TryDetach(StreamxDetachCause.Failure):
                consumer.Leave();
                break;
            default:
                stream.Fail(new InvalidDataException($"Value {delivery.Sequence} of stream '{stream.Name}' cannot be read by consumer '{consumer.Name}': {ErrorText.Of(error)}", error));
                break;
        }
    }
}
