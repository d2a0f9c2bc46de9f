using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>The durable position of a name. Only the active session of the name touches it.</summary>
/// <param name="connection">The connection.</param>
/// <param name="channel">A channel whose publishes are confirmed.</param>
/// <param name="topology">The names of the queues.</param>
/// <param name="clock">Paces the reading.</param>
internal sealed class CheckpointStore(BrokerConnection connection, IChannel channel, Topology topology, TimeProvider clock)
{
    /// <summary>How often an empty queue is looked at again, every tenth of a second.</summary>
    private const int Looks = 100;

    /// <summary>Reads it.</summary>
    /// <exception cref="TransportException">There is none.</exception>
    internal async Task<Checkpoint> ReadAsync(string name)
    {
        var queue = topology.Checkpoint(name);
        for (var look = 0; look < Looks; look++)
        {
            if (await channel.BasicGetAsync(queue, autoAck: false, connection.Ended).ConfigureAwait(false) is { } found)
            {
                // Put back as a new message, and only then taken off: to return the old one would later bring it back over newer ones.
                var body = found.Body.ToArray();
                await channel.BasicPublishAsync("", queue, mandatory: true, Declarations.Durable(Kinds.Position), body, connection.Ended).ConfigureAwait(false);
                await channel.BasicAckAsync(found.DeliveryTag, multiple: false, connection.Ended).ConfigureAwait(false);
                return ProtocolJson.Read(body, ProtocolJson.Default.Checkpoint);
            }

            // Whoever was active before had it in hand when its connection ended: the broker is about to put it back.
            await Task.Delay(TimeSpan.FromMilliseconds(100), clock, connection.Ended).ConfigureAwait(false);
        }

        throw new TransportException($"The checkpoint queue {queue} is empty. Without it nobody knows what '{name}' has finished: retire the name, or put its last checkpoint back.");
    }

    /// <summary>Writes it, which also tells the leader. Ends when it is durable.</summary>
    internal Task WriteAsync(Checkpoint checkpoint) =>
        channel.BasicPublishAsync(
            topology.Control,
            Topology.KeyOf(checkpoint.Name),
            mandatory: true,
            Declarations.Durable(Kinds.Position),
            ProtocolJson.Write(checkpoint, ProtocolJson.Default.Checkpoint),
            connection.Ended).AsTask();

    /// <summary>Tells the leader alone.</summary>
    /// <param name="kind">Of <see cref="Kinds"/>.</param>
    /// <param name="answer">What.</param>
    internal Task AnswerAsync(string kind, SyncAnswer answer) =>
        channel.BasicPublishAsync(
            topology.Control,
            Topology.LeaderKey,
            mandatory: false,
            new BasicProperties { Type = kind },
            ProtocolJson.Write(answer, ProtocolJson.Default.SyncAnswer),
            connection.Ended).AsTask();

    /// <summary>Tells the leader that this process is there.</summary>
    internal Task AnnounceAsync(Presence presence) =>
        channel.BasicPublishAsync(
            topology.Control,
            Topology.PresenceKey,
            mandatory: false,
            new BasicProperties { Type = Kinds.Present },
            ProtocolJson.Write(presence, ProtocolJson.Default.Presence),
            connection.Ended).AsTask();
}
