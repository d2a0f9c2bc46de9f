using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// A leader announces again and again which stream it leads and how far that is, so that every process remembers it, those that stand by
/// included: should the broker lose the stream, the numbers go on whichever process leads and is active then.
/// </summary>
internal static class StreamAnnouncements
{
    /// <summary>Announces a token.</summary>
    internal static Task SendAsync(BrokerConnection connection, IChannel channel, Topology topology, LeaseToken token) => channel.BasicPublishAsync(
        topology.Control,
        Topology.AnnouncementKey,
        mandatory: false,
        new BasicProperties { Type = MessageTypes.Lease },
        ProtocolJson.Write(token with { Names = null }, ProtocolJson.Default.LeaseToken),
        connection.Ended).AsTask();

    /// <summary>Listens as long as the connection lasts, in a queue of its own that ends with it.</summary>
    internal static async Task ListenAsync(BrokerConnection connection, Topology topology, StreamMemory memory)
    {
        var channel = await connection.OpenChannelAsync(confirms: false).ConfigureAwait(false);
        var queue = $"{topology.Inbox}.{Guid.NewGuid():N}";
        await channel.QueueDeclareAsync(queue, durable: false, exclusive: true, autoDelete: true, cancellationToken: connection.Ended).ConfigureAwait(false);
        await channel.QueueBindAsync(queue, topology.Control, Topology.AnnouncementKey, cancellationToken: connection.Ended).ConfigureAwait(false);
        await channel.BasicConsumeAsync(queue, autoAck: true, new DeliveryHandler(connection, channel, OnMessageAsync), connection.Ended).ConfigureAwait(false);

        Task OnMessageAsync(IncomingMessage incoming)
        {
            if (ProtocolJson.TryRead(incoming.Body, ProtocolJson.Default.LeaseToken) is not { } token) return Task.CompletedTask;
            memory.NoteStream(token.StreamId, token.Epoch);
            memory.NoteNumber(token.Epoch, token.Head);
            return Task.CompletedTask;
        }
    }
}
