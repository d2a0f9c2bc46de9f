using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Declares the exchanges and queues of a stream.</summary>
/// <remarks>
/// A queue is declared only if it does not exist: the broker refuses a declaration with arguments other than those it was made with, such
/// as those of a newer broker.
/// </remarks>
/// <param name="connection">The connection.</param>
/// <param name="topology">The names of exchanges and queues.</param>
/// <param name="memory">What this process remembers of the stream.</param>
/// <param name="onAmiss">Called with what should have existed and did not.</param>
/// <param name="declares">Whether missing ones are declared; otherwise all of them have been required before.</param>
internal sealed class Declarations(
    BrokerConnection connection, Topology topology, StreamMemory memory, Action<string> onAmiss, bool declares = true)
{
    private readonly TopologyProbe _probe = new(connection);

    /// <summary>The queue of ends.</summary>
    internal EndsQueue Ends { get; } = new(connection, topology, onAmiss);

    /// <summary>The queues that do not belong to a consumer.</summary>
    private string[] StreamQueues => [topology.Lock, topology.Registry, topology.Ends, topology.State];

    /// <summary>Declares everything that does not belong to a consumer.</summary>
    internal async Task DeclareStreamAsync(IChannel channel)
    {
        await DeclareExchangesAsync(channel).ConfigureAwait(false);
        var isNew = !await _probe.ExistsAsync(topology.Lock).ConfigureAwait(false);
        if (isNew)
        {
            await DeclareQueueAsync(channel, topology.Lock, isSingleActive: true).ConfigureAwait(false);
            await StreamAnnouncements.SendRemadeAsync(connection, channel, topology, topology.Lock).ConfigureAwait(false);
        }

        if (!await _probe.ExistsAsync(topology.State).ConfigureAwait(false))
            await DeclareQueueAsync(channel, topology.State, ("x-max-length", 1), ("x-overflow", "drop-head")).ConfigureAwait(false);
        if (!await _probe.ExistsAsync(topology.Ends).ConfigureAwait(false))
        {
            await DeclareQueueAsync(channel, topology.Ends).ConfigureAwait(false);
            // No other process was here before: no end has been decided.
            if (isNew) memory.NoteArrival(ends: 0);
        }

        await NoteArrivalAsync().ConfigureAwait(false);
        if (!await _probe.ExistsAsync(topology.Registry).ConfigureAwait(false))
            await DeclareQueueAsync(channel, topology.Registry).ConfigureAwait(false);
    }

    /// <summary>Declares the exchanges; existing ones are left as they are.</summary>
    internal async Task DeclareExchangesAsync(IChannel channel)
    {
        if (!declares) return;
        await channel.ExchangeDeclareAsync(
            topology.Data, ExchangeType.Fanout, durable: true, cancellationToken: connection.Ended).ConfigureAwait(false);
        await channel.ExchangeDeclareAsync(
            topology.Control, ExchangeType.Direct, durable: true, cancellationToken: connection.Ended).ConfigureAwait(false);
    }

    /// <summary>
    /// Binds the queues of consumers, where the queues exist: an operator may have unbound one, or deleted the exchange.
    /// </summary>
    internal async Task BindAsync(IEnumerable<string> names)
    {
        IChannel? probe = null;
        try
        {
            foreach (var name in names)
            {
                probe ??= await connection.OpenProbeAsync().ConfigureAwait(false);
                try
                {
                    await probe.QueueBindAsync(
                        topology.Values(name), topology.Data, "", cancellationToken: connection.Ended).ConfigureAwait(false);
                }
                catch (OperationInterruptedException error) when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
                {
                    // The consumer's process declares the queue again when it joins. A query for a queue that does not exist closes the
                    // channel.
                    await probe.DisposeAsync().ConfigureAwait(false);
                    probe = null;
                }
            }
        }
        finally
        {
            if (probe is not null) await probe.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Whether the queue of the token's copy is empty or does not exist.</summary>
    internal async Task<bool> LacksStateAsync() => await _probe.CountAsync(topology.State).ConfigureAwait(false) is null or 0;

    /// <summary>Notes how many ends had been decided when this process came, once that can be known.</summary>
    internal async Task NoteArrivalAsync()
    {
        if (!memory.HasArrived && await Ends.CountAsync().ConfigureAwait(false) is { } ends) memory.NoteArrival(ends);
    }

    /// <summary>Declares everything that belongs to a consumer, and registers it.</summary>
    /// <param name="channel">A channel whose publishes are confirmed.</param>
    /// <param name="name">The consumer.</param>
    internal async Task DeclareNameAsync(IChannel channel, string name)
    {
        var (values, checkpoint) = (topology.Values(name), topology.Checkpoint(name));
        var hasValues = await _probe.ExistsAsync(values).ConfigureAwait(false);
        var checkpoints = await _probe.CountAsync(checkpoint).ConfigureAwait(false);
        // The checkpoint before the values: where the queue of values exists, an empty checkpoint queue means that the consumer is just
        // reading its checkpoint. A deleted one can be made again, since the values that are not finished are still in their queue.
        if (checkpoints is null || (checkpoints == 0 && !hasValues))
        {
            await DeclareQueueAsync(channel, checkpoint, ("x-max-length", 1), ("x-overflow", "drop-head")).ConfigureAwait(false);
            // From what this process remembers, the leader knows which values were lost with the queue, and puts them again.
            var first = (hasValues ? null : memory.Find(name)) ?? Checkpoint.New(name);
            await channel.BasicPublishAsync("", checkpoint, mandatory: true, Durable(MessageTypes.Position),
                ProtocolJson.Write(first, ProtocolJson.Default.Checkpoint), connection.Ended).ConfigureAwait(false);
            if (hasValues)
            {
                onAmiss(
                    $"Queue '{checkpoint}' was missing, and has been made again without a position: the first value that comes says where "
                    + $"consumer '{name}' is. "
                    + "What was not acknowledged may be handled again.");
            }
        }

        // If an operator limits a queue, it refuses a value for which it has no room, rather than drop a value that was accepted.
        if (!hasValues)
        {
            await DeclareQueueAsync(
                channel, values, ("x-single-active-consumer", true), ("x-overflow", "reject-publish")).ConfigureAwait(false);
            await StreamAnnouncements.SendRemadeAsync(connection, channel, topology, values).ConfigureAwait(false);
        }

        await channel.QueueBindAsync(values, topology.Data, "", cancellationToken: connection.Ended).ConfigureAwait(false);
        await AnnounceAsync(channel, new Membership(name)).ConfigureAwait(false);
    }

    /// <summary>Declares the queue of the leader's inbox, for processes that declare nothing.</summary>
    internal async Task DeclareInboxAsync(IChannel channel)
    {
        // Reports that no leader reads are of no use: a new leader asks for what it needs.
        if (!await _probe.ExistsAsync(topology.Inbox).ConfigureAwait(false))
        {
            Dictionary<string, object?> arguments = new() { ["x-max-length"] = 100_000, ["x-message-ttl"] = 60_000 };
            await channel.QueueDeclareAsync(
                topology.Inbox, durable: true, exclusive: false, autoDelete: false, arguments,
                cancellationToken: connection.Ended).ConfigureAwait(false);
        }

        foreach (var key in new[] { Topology.LeaderKey, Topology.PresenceKey })
            await channel.QueueBindAsync(topology.Inbox, topology.Control, key, cancellationToken: connection.Ended).ConfigureAwait(false);
    }

    /// <summary>Verifies that everything exists that a process needs which declares nothing.</summary>
    /// <exception cref="TransportException">Something is missing; the message names all of it.</exception>
    internal async Task RequireAsync(IEnumerable<string> names)
    {
        List<string> missing = [];
        foreach (var exchange in new[] { topology.Data, topology.Control })
            if (!await _probe.HasExchangeAsync(exchange).ConfigureAwait(false)) missing.Add($"exchange '{exchange}'");
        var ofNames = names.SelectMany(name => new[] { topology.Values(name), topology.Checkpoint(name) });
        foreach (var queue in StreamQueues.Append(topology.Inbox).Concat(ofNames))
            if (!await _probe.ExistsAsync(queue).ConfigureAwait(false)) missing.Add($"queue '{queue}'");
        if (missing.Count > 0)
        {
            throw new TransportException(
                $"DeclareTopology is false, and the broker has no {string.Join(", no ", missing)}. "
                + "Declare what is missing: StreamxRabbitMqTopology.DeclareAsync does, or an operator.");
        }
    }

    /// <summary>Deletes everything that belongs to a consumer.</summary>
    internal async Task DeleteNameAsync(IChannel channel, string name)
    {
        memory.Forget(name);
        await AnnounceAsync(channel, new Membership(name, IsRetired: true)).ConfigureAwait(false);
        if (!declares)
        {
            // To delete a queue needs the right to configure it; a queue without a binding gets no more values.
            await channel.QueueUnbindAsync(
                topology.Values(name), topology.Data, "", cancellationToken: connection.Ended).ConfigureAwait(false);
            return;
        }

        await channel.QueueDeleteAsync(topology.Values(name), cancellationToken: connection.Ended).ConfigureAwait(false);
        await channel.QueueDeleteAsync(topology.Checkpoint(name), cancellationToken: connection.Ended).ConfigureAwait(false);
    }

    /// <summary>How many messages and consumers the lease's queue has.</summary>
    internal async Task<(uint Messages, uint Consumers)> LockStateAsync(IChannel channel)
    {
        var state = await channel.QueueDeclarePassiveAsync(topology.Lock, connection.Ended).ConfigureAwait(false);
        return (state.MessageCount, state.ConsumerCount);
    }

    /// <summary>The properties of a message that must survive the broker.</summary>
    internal static BasicProperties Durable(string kind) => new() { Type = kind, Persistent = true, ContentType = "application/json" };

    /// <summary>Announces durably first, for the next leader; then to the present leader, if there is one.</summary>
    private async Task AnnounceAsync(IChannel channel, Membership membership)
    {
        var body = ProtocolJson.Write(membership, ProtocolJson.Default.Membership);
        await channel.BasicPublishAsync(
            "", topology.Registry, mandatory: true, Durable(MessageTypes.Membership), body, connection.Ended).ConfigureAwait(false);
        await channel.BasicPublishAsync(
            topology.Control, Topology.LeaderKey, mandatory: false, Durable(MessageTypes.Membership), body,
            connection.Ended).ConfigureAwait(false);
    }

    private Task<QueueDeclareOk> DeclareQueueAsync(IChannel channel, string queue, bool isSingleActive) =>
        isSingleActive ? DeclareQueueAsync(channel, queue, ("x-single-active-consumer", true)) : DeclareQueueAsync(channel, queue);

    private Task<QueueDeclareOk> DeclareQueueAsync(
        IChannel channel, string queue, params ReadOnlySpan<(string Key, object Value)> arguments)
    {
        Dictionary<string, object?> all = new() { ["x-queue-type"] = "quorum" };
        // From 4.0 on the default limit is 20 deliveries, after which a value would be dropped; before, -1 means one delivery.
        if (connection.ServerVersion.Major >= 4) all["x-delivery-limit"] = -1;
        foreach (var (key, value) in arguments) all[key] = value;
        return channel.QueueDeclareAsync(
            queue, durable: true, exclusive: false, autoDelete: false, all, cancellationToken: connection.Ended);
    }
}
