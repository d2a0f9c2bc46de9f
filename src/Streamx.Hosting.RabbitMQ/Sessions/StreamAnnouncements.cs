using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// A leader announces again and again which stream it leads and how far that is, so that every process remembers it, those that stand by
/// included: should the broker lose the stream, the numbers go on whichever process leads and is active then. A process that makes a queue
/// again announces that, too.
/// </summary>
internal static class StreamAnnouncements
{
    /// <summary>Announces a token.</summary>
    internal static Task SendAsync(BrokerConnection connection, IChannel channel, Topology topology, LeaseToken token) =>
        channel.BasicPublishAsync(
        topology.Control,
        Topology.AnnouncementKey,
        mandatory: false,
        new BasicProperties { Type = MessageTypes.Lease },
        ProtocolJson.Write(token with { Names = null }, ProtocolJson.Default.LeaseToken),
        connection.Ended).AsTask();

    /// <summary>Announces that a queue has been declared that did not exist: its consumers have to consume it anew.</summary>
    /// <remarks>
    /// A broker ends the consumers of a queue that is deleted, and says so. If the queue is made again before it has done that, it may
    /// have them consume the new queue instead, and then lose what it delivers to them: those messages count as delivered, and never come
    /// (RabbitMQ 3.10, quorum queues).
    /// </remarks>
    internal static Task SendRemadeAsync(BrokerConnection connection, IChannel channel, Topology topology, string queue)
    {
        var properties = new BasicProperties { Type = MessageTypes.Remade, MessageId = queue };
        return channel.BasicPublishAsync(
            topology.Control, Topology.AnnouncementKey, mandatory: false, properties, ReadOnlyMemory<byte>.Empty,
            connection.Ended).AsTask();
    }

    /// <summary>Listens as long as the connection lasts, in a queue of its own that ends with it.</summary>
    /// <param name="connection">The connection. It ends if the queue that is consumed over it has been made again.</param>
    /// <param name="topology">The names of the queues.</param>
    /// <param name="memory">Keeps what is announced.</param>
    /// <param name="consumed">The queue that is to be consumed over the connection.</param>
    /// <param name="onMade">Called with the name of another queue that has been made, before it is bound; null for no handler.</param>
    internal static async Task ListenAsync(
        BrokerConnection connection, Topology topology, StreamMemory memory, string consumed, Action<string>? onMade = null)
    {
        var channel = await connection.OpenChannelAsync(confirms: false).ConfigureAwait(false);
        var queue = $"{topology.Inbox}.{Guid.NewGuid():N}";
        await channel.QueueDeclareAsync(
            queue, durable: false, exclusive: true, autoDelete: true, cancellationToken: connection.Ended).ConfigureAwait(false);
        await channel.QueueBindAsync(
            queue, topology.Control, Topology.AnnouncementKey, cancellationToken: connection.Ended).ConfigureAwait(false);
        await channel.BasicConsumeAsync(
            queue, autoAck: true, new DeliveryHandler(connection, channel, OnMessageAsync), connection.Ended).ConfigureAwait(false);

        Task OnMessageAsync(IncomingMessage incoming)
        {
            if (incoming.Properties.Type == MessageTypes.Remade)
            {
                if (incoming.Properties.MessageId == consumed)
                {
                    connection.Fail(new TransportException(
                        $"Queue '{consumed}' has been made again: its consumer was one of the queue before."));
                }
                else if (incoming.Properties.MessageId is { } made)
                {
                    onMade?.Invoke(made);
                }

                return Task.CompletedTask;
            }

            if (ProtocolJson.TryRead(incoming.Body, ProtocolJson.Default.LeaseToken) is not { } token) return Task.CompletedTask;
            memory.NoteStream(token.StreamId, token.Epoch);
            memory.NoteNumber(token.Epoch, token.Head);
            return Task.CompletedTask;
        }
    }
}
