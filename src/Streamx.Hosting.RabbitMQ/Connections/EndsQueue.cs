using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// The queue that records how many ends of a stream have been decided: a message of the first leader, and one for each end. Only a leader
/// changes it; every process can read its number without taking anything out.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="topology">The name of the queue.</param>
/// <param name="onAmiss">Called with messages that are no ends.</param>
internal sealed class EndsQueue(BrokerConnection connection, Topology topology, Action<string> onAmiss)
{
    private readonly TopologyProbe _probe = new(connection);

    /// <summary>How many ends it recorded when all its messages were last looked at; null before.</summary>
    private int? _lookedAt;

    /// <summary>How many ends it records. The first leader puts a message there before any end.</summary>
    /// <returns>Null for an empty queue, and from a broker that is too busy to find out: it answers that there are none, too.</returns>
    internal async Task<int?> CountAsync() =>
        await _probe.CountAsync(topology.Ends).ConfigureAwait(false) is { } count and > 0 ? (int)count - 1 : null;

    /// <summary>How many ends it records. If they are more than expected, sets messages aside that are no ends.</summary>
    /// <param name="channel">A channel.</param>
    /// <param name="expected">How many ends have been decided, as far as is known.</param>
    internal async Task<int?> CountAsync(IChannel channel, int expected)
    {
        if (await CountAsync().ConfigureAwait(false) is not { } count) return null;
        if (count <= expected || count == _lookedAt) return count;
        List<ulong> ends = [];
        while (await channel.BasicGetAsync(topology.Ends, autoAck: false, connection.Ended).ConfigureAwait(false) is { } found)
        {
            if (found.BasicProperties.Type == MessageTypes.End)
            {
                ends.Add(found.DeliveryTag);
                continue;
            }

            onAmiss(ForeignMessage.Describe(topology.Ends, found.BasicProperties, found.Body.Length));
            await channel.BasicAckAsync(found.DeliveryTag, multiple: false, connection.Ended).ConfigureAwait(false);
        }

        // Their order does not matter. Meanwhile the queue is empty, so that no process takes its number for known.
        foreach (var tag in ends) await channel.BasicNackAsync(tag, multiple: false, requeue: true, connection.Ended).ConfigureAwait(false);
        return _lookedAt = ends.Count > 0 ? ends.Count - 1 : null;
    }

    /// <summary>Adds ends.</summary>
    /// <param name="channel">A channel whose publishes are confirmed.</param>
    /// <param name="count">How many.</param>
    internal async Task AddAsync(IChannel channel, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await channel.BasicPublishAsync(
                "", topology.Ends, mandatory: true, Declarations.Durable(MessageTypes.End), default,
                connection.Ended).ConfigureAwait(false);
        }
    }

    /// <summary>Restores it from the token, if it has been emptied.</summary>
    /// <param name="channel">A channel whose publishes are confirmed.</param>
    /// <param name="ends">How many ends have been decided.</param>
    internal async Task RestoreAsync(IChannel channel, int ends)
    {
        if (await CountAsync(channel, ends).ConfigureAwait(false) is { } count)
        {
            await AddAsync(channel, ends - count).ConfigureAwait(false);
            return;
        }

        // The queue itself answers a get, never a broker that does not know.
        if (await channel.BasicGetAsync(topology.Ends, autoAck: false, connection.Ended).ConfigureAwait(false) is { } found)
            await channel.BasicNackAsync(found.DeliveryTag, multiple: false, requeue: true, connection.Ended).ConfigureAwait(false);
        else
            await AddAsync(channel, ends + 1).ConfigureAwait(false);
    }
}
