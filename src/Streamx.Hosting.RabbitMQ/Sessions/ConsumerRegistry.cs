using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Registrations and retirements that are not in the leader's token yet. Only the leader reads them.</summary>
internal sealed class ConsumerRegistry(BrokerConnection connection, IChannel channel, Topology topology, Action<string> onAmiss)
{
    /// <summary>Reads what has been announced.</summary>
    /// <param name="names">The consumers in the token.</param>
    /// <returns>The consumers there are now, and the tag to acknowledge once they are in the token; zero if nothing has changed.</returns>
    internal async Task<(IReadOnlyList<string> Names, ulong Tag)> ReadAsync(IEnumerable<string> names)
    {
        var all = names.ToList();
        ulong tag = 0;
        while (await NextAsync().ConfigureAwait(false) is { } entry)
        {
            tag = entry.DeliveryTag;
            if (ProtocolJson.TryRead(entry.Body, ProtocolJson.Default.Membership) is not { Name: not null } membership)
            {
                onAmiss(ForeignMessage.Describe(topology.Registry, entry.BasicProperties, entry.Body.Length));
                continue;
            }

            all.RemoveAll(name => string.Equals(name, membership.Name, StringComparison.OrdinalIgnoreCase));
            if (!membership.IsRetired) all.Add(membership.Name);
        }

        return (all, tag);
    }

    /// <summary>Each within a time limit of its own: there may be a thousand.</summary>
    private Task<BasicGetResult?> NextAsync() => connection.RunAsync(
        () => channel.BasicGetAsync(topology.Registry, autoAck: false, connection.Ended), "Reading the names of consumers");

    /// <summary>The changes are in the token: the queue can forget them.</summary>
    internal ValueTask ForgetAsync(ulong tag) => channel.BasicAckAsync(tag, multiple: true, connection.Ended);
}
