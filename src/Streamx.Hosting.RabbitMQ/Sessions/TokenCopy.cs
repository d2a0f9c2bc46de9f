using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>The copy of the token in a queue of its own: its content must not depend on one message. Only the leader uses it.</summary>
/// <param name="connection">The leader's connection.</param>
/// <param name="channel">The channel that values are appended on: a leader that has lost the lease cannot write.</param>
/// <param name="topology">The names of the queues.</param>
/// <param name="onAmiss">Called with what is wrong with the queue.</param>
internal sealed class TokenCopy(BrokerConnection connection, IChannel channel, Topology topology, Action<string> onAmiss)
{
    /// <summary>Takes all copies out of the queue, and returns the newest.</summary>
    /// <returns>The copy, null if there is none; and the tag to acknowledge once there is a newer one, zero for none.</returns>
    internal async Task<(LeaseToken? Token, ulong Tag)> ReadAsync()
    {
        LeaseToken? newest = null;
        ulong tag = 0;
        while (await channel.BasicGetAsync(topology.State, autoAck: false, connection.Ended).ConfigureAwait(false) is { } found)
        {
            tag = found.DeliveryTag;
            if (ProtocolJson.TryRead(found.Body, ProtocolJson.Default.LeaseToken) is not { Names: not null } token)
                onAmiss(ForeignMessage.Describe(topology.State, found.BasicProperties, found.Body.Length));
            else if (newest is null || token.IsNewerThan(newest)) newest = token;
        }

        return (newest, tag);
    }

    /// <summary>Writes the copy. Ends when it is durable.</summary>
    internal Task WriteAsync(LeaseToken token) => channel.BasicPublishAsync(
        "", topology.State, mandatory: true, Declarations.Durable(MessageTypes.Lease),
        ProtocolJson.Write(token, ProtocolJson.Default.LeaseToken), connection.Ended).AsTask();

    /// <summary>A newer copy is durable.</summary>
    internal ValueTask ForgetAsync(ulong tag) => tag == 0 ? default : channel.BasicAckAsync(tag, multiple: false, connection.Ended);
}
