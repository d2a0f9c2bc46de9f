namespace Streamx.Hosting.Remote.Consuming;

/// <summary>Deserializes what a transport delivers. Applies the consumer's options to a value that cannot be read.</summary>
/// <param name="stream">The stream.</param>
/// <param name="serializer">Reads values.</param>
/// <param name="longest">The most bytes that a value may take.</param>
/// <param name="consumer">The consumer.</param>
internal sealed class ValueReader<T>(HostedStream<T> stream, IStreamSerializer<T> serializer, int longest, ConsumerWorker<T> consumer)
{
    /// <summary>
    /// Reads a value. If it cannot be read, then on return it has been skipped, the consumer detached, or the stream faulted.
    /// </summary>
    internal bool TryRead(TransportDelivery delivery, out T value)
    {
        try
        {
            if (delivery.Body.Length > longest)
            {
                throw new InvalidDataException(
                    $"The value takes {delivery.Body.Length} bytes as it was written; MaxValueBytes allows {longest}.");
            }

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
        var item = new ItemInHand(StreamxDelivery.Of(delivery));
        Log.ValueUnreadable(stream.Logger, error, stream.Name, consumer.Name, item, consumer.Options.OnFailure);
        consumer.NoteFailure(error, item);
        switch (consumer.Options.OnFailure)
        {
            case ConsumerFailure.Skip:
                consumer.OnUnreadable(item, error);
                break;
            case ConsumerFailure.Detach when consumer.TryDetach(StreamxDetachCause.Failure):
                consumer.Leave();
                break;
            default:
                stream.Fail(
                    new InvalidDataException(
                        $"Value {delivery.Sequence} of stream '{stream.Name}' cannot be read by consumer '{consumer.Name}': "
                        + $"{ErrorText.Of(error)}",
                        error));
                break;
        }
    }
}
