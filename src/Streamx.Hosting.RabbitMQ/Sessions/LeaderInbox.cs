using System.Threading.Channels;
using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>What consumers tell the leader: positions and who is there at once, everything else in order to whoever reads <see cref="Events"/>.</summary>
internal sealed class LeaderInbox
{
    private readonly BrokerConnection _connection;
    private readonly IChannel _channel;
    private readonly Topology _topology;
    private readonly NamePositions _positions;
    private readonly NameProcesses _processes;
    private readonly long _streamId;
    private readonly StreamMemory _memory;
    private readonly Channel<LeaderEvent> _events = Channel.CreateUnbounded<LeaderEvent>();
    private readonly string _queue;

    private LeaderInbox(BrokerConnection connection, IChannel channel, Topology topology, NamePositions positions, NameProcesses processes, long streamId, StreamMemory memory, string queue)
    {
        _connection = connection;
        _channel = channel;
        _topology = topology;
        _positions = positions;
        _processes = processes;
        _streamId = streamId;
        _memory = memory;
        _queue = queue;
    }

    /// <summary>Answers and changes of membership.</summary>
    internal ChannelReader<LeaderEvent> Events => _events.Reader;

    /// <summary>Opens it. The queue lives and dies with the connection.</summary>
    /// <param name="connection">The leader's connection.</param>
    /// <param name="channel">A channel of it.</param>
    /// <param name="topology">The names of the queues.</param>
    /// <param name="positions">Told how far each name is.</param>
    /// <param name="processes">Told where each name runs.</param>
    /// <param name="streamId">The stream's id: positions in a stream before do not count.</param>
    /// <param name="memory">Keeps what is heard, for a broker that loses it.</param>
    internal static async Task<LeaderInbox> OpenAsync(
        BrokerConnection connection, IChannel channel, Topology topology, NamePositions positions, NameProcesses processes, long streamId, StreamMemory memory)
    {
        var queue = await channel.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true, cancellationToken: connection.Ended).ConfigureAwait(false);
        var inbox = new LeaderInbox(connection, channel, topology, positions, processes, streamId, memory, queue.QueueName);
        await inbox.BindAsync(Topology.LeaderKey).ConfigureAwait(false);
        await inbox.BindAsync(Topology.PresenceKey).ConfigureAwait(false);
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, new DeliveryHandler(connection, channel, inbox.OnMessageAsync), connection.Ended).ConfigureAwait(false);
        return inbox;
    }

    /// <summary>Listens to a name.</summary>
    internal Task ListenAsync(string name) => BindAsync(Topology.KeyOf(name));

    private Task BindAsync(string key) => _channel.QueueBindAsync(_queue, _topology.Control, key, cancellationToken: _connection.Ended);

    private Task OnMessageAsync(IncomingMessage incoming)
    {
        switch (incoming.Properties.Type)
        {
            case Kinds.Position:
                var checkpoint = ProtocolJson.Read(incoming.Body, ProtocolJson.Default.Checkpoint);
                if (checkpoint.StreamId == _streamId)
                {
                    if (checkpoint.Position != Checkpoint.None) _positions.Report(checkpoint.Name, checkpoint.Position);
                    _memory.NoteCheckpoint(checkpoint);
                }

                _processes.OnReport(checkpoint.Name, checkpoint.Instance);
                break;
            case Kinds.Synced or Kinds.Missing:
                var answer = ProtocolJson.Read(incoming.Body, ProtocolJson.Default.SyncAnswer);
                _processes.OnReport(answer.Name, answer.Instance);
                _events.Writer.TryWrite(new LeaderEvent(answer.Name) { Answer = answer, IsMissing = incoming.Properties.Type == Kinds.Missing });
                break;
            case Kinds.Present:
                var presence = ProtocolJson.Read(incoming.Body, ProtocolJson.Default.Presence);
                _processes.OnPresent(presence.Name, presence.Instance, presence.IsActive);
                break;
            case Kinds.Membership:
                _events.Writer.TryWrite(new LeaderEvent(ProtocolJson.Read(incoming.Body, ProtocolJson.Default.Membership).Name));
                break;
            default:
                throw new TransportException($"A report of type '{incoming.Properties.Type}' is none of version {StreamMessage.Version} of the protocol.");
        }

        return Task.CompletedTask;
    }
}
