using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>The durable position of a consumer. Only the active session of the consumer uses it.</summary>
/// <param name="connection">The connection.</param>
/// <param name="channel">A channel whose publishes are confirmed.</param>
/// <param name="reports">A channel whose publishes are not confirmed.</param>
/// <param name="topology">The names of the queues.</param>
/// <param name="clock">Paces the reading.</param>
/// <param name="memory">Remembers since when the queue has been empty.</param>
/// <param name="onAmiss">Called with what is wrong with the queue.</param>
internal sealed class CheckpointStore(
    BrokerConnection connection, IChannel channel, IChannel reports, Topology topology, TimeProvider clock, StreamMemory memory,
    Action<string> onAmiss)
{
    /// <summary>How often an empty queue is read again.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Reads the checkpoint. If it has been taken out of its queue, makes one without a position: the first value that comes determines the
    /// position.
    /// </summary>
    internal async Task<Checkpoint> ReadAsync(string name)
    {
        var queue = topology.Checkpoint(name);
        var isForeign = false;
        // For half of a step's timeout: the session that was active before takes no longer to give back the checkpoint it had in hand.
        for (var began = clock.GetTimestamp(); clock.GetElapsedTime(began) < connection.Timeout / 2;)
        {
            if (await channel.BasicGetAsync(queue, autoAck: false, connection.Ended).ConfigureAwait(false) is { } found)
            {
                // Published as a new message, and only then acknowledged: returned to the queue, the old one would later displace newer
                // ones.
                var body = found.Body.ToArray();
                if (ProtocolJson.TryRead(body, ProtocolJson.Default.Checkpoint) is not { Name: not null, Fences: not null } checkpoint)
                {
                    onAmiss(ForeignMessage.Describe(queue, found.BasicProperties, body.Length));
                    await channel.BasicAckAsync(found.DeliveryTag, multiple: false, connection.Ended).ConfigureAwait(false);
                    isForeign = true;
                    break;
                }

                await StoreAsync(queue, body).ConfigureAwait(false);
                await channel.BasicAckAsync(found.DeliveryTag, multiple: false, connection.Ended).ConfigureAwait(false);
                memory.EmptyFor(name, isEmpty: false, clock);
                return checkpoint;
            }

            // The session that was active before had it in hand when its connection ended: the broker is about to put it back.
            await Task.Delay(s_look, clock, connection.Ended).ConfigureAwait(false);
        }

        // A process that was lost with it in hand holds it until the broker notices: to make another one meanwhile would leave two.
        if (!isForeign && memory.EmptyFor(name, isEmpty: true, clock) < 2 * connection.Heartbeat)
        {
            throw new TransportException(
                $"The checkpoint queue '{queue}' is empty. Should a process that was lost not have it in hand, it is made again.");
        }

        memory.EmptyFor(name, isEmpty: false, clock);
        var made = Checkpoint.New(name);
        await StoreAsync(queue, ProtocolJson.Write(made, ProtocolJson.Default.Checkpoint)).ConfigureAwait(false);
        onAmiss(
            $"The checkpoint of consumer '{name}' was missing in queue '{queue}'. It has been made again without a position: the first "
            + "value that comes says where the consumer is. "
            + "What was not acknowledged may be handled again.");
        return made;
    }

    /// <summary>
    /// Writes the checkpoint. Ends when it is durable: stored in its own queue, which a confirm of another queue would not prove.
    /// </summary>
    /// <remarks>Also reports to the leader, which need not wait for that.</remarks>
    internal async Task WriteAsync(Checkpoint checkpoint)
    {
        var body = ProtocolJson.Write(checkpoint, ProtocolJson.Default.Checkpoint);
        var stored = StoreAsync(topology.Checkpoint(checkpoint.Name), body);
        await reports.BasicPublishAsync(
            topology.Control, Topology.LeaderKey, mandatory: false, new BasicProperties { Type = MessageTypes.Position }, body,
            connection.Ended).ConfigureAwait(false);
        await stored.ConfigureAwait(false);
    }

    /// <summary>
    /// Puts a checkpoint into its queue, through no exchange that could be deleted or unbound: where the queue is missing this fails.
    /// </summary>
    private Task StoreAsync(string queue, byte[] body) =>
        channel.BasicPublishAsync("", queue, mandatory: true, Declarations.Durable(MessageTypes.Position), body, connection.Ended).AsTask();

    /// <summary>Sends an answer to the leader alone.</summary>
    /// <param name="kind">One of <see cref="MessageTypes"/>.</param>
    /// <param name="answer">The answer.</param>
    internal Task AnswerAsync(string kind, SyncAnswer answer) =>
        channel.BasicPublishAsync(
            topology.Control,
            Topology.LeaderKey,
            mandatory: false,
            new BasicProperties { Type = kind },
            ProtocolJson.Write(answer, ProtocolJson.Default.SyncAnswer),
            connection.Ended).AsTask();

    /// <summary>Announces this process to the leader.</summary>
    internal Task AnnounceAsync(Presence presence) =>
        channel.BasicPublishAsync(
            topology.Control,
            Topology.PresenceKey,
            mandatory: false,
            new BasicProperties { Type = MessageTypes.Present },
            ProtocolJson.Write(presence, ProtocolJson.Default.Presence),
            connection.Ended).AsTask();
}
