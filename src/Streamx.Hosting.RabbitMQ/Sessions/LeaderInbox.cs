using System.Threading.Channels;
using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// Receives the consumers' reports. Positions and announcements are recorded at once; everything else goes, in order, to the reader of
/// <see cref="Events"/>.
/// </summary>
internal sealed class LeaderInbox
{
    private readonly BrokerConnection _connection;
    private readonly IChannel _channel;
    private readonly Topology _topology;
    private readonly ConsumerPositions _positions;
    private readonly ConsumerProcesses _processes;
    private readonly CombinedReaders _readers;
    private readonly long _streamId;
    private readonly long _epoch;
    private readonly StreamMemory _memory;
    private readonly Action<string> _onAmiss;
    private readonly Channel<LeaderEvent> _events = Channel.CreateUnbounded<LeaderEvent>();
    private readonly string _queue;

    private LeaderInbox(
        BrokerConnection connection, IChannel channel, Topology topology, ConsumerPositions positions, ConsumerProcesses processes,
        CombinedReaders readers, long streamId, long epoch, StreamMemory memory, Action<string> onAmiss, string queue)
    {
        _epoch = epoch;
        _onAmiss = onAmiss;
        _connection = connection;
        _channel = channel;
        _topology = topology;
        _positions = positions;
        _processes = processes;
        _readers = readers;
        _streamId = streamId;
        _memory = memory;
        _queue = queue;
    }

    /// <summary>The channel of the inbox.</summary>
    internal IChannel ControlChannel => _channel;

    /// <summary>Answers and changes of membership.</summary>
    internal ChannelReader<LeaderEvent> Events => _events.Reader;

    /// <summary>Opens the inbox. Its own queue lasts as long as the connection.</summary>
    /// <param name="connection">The leader's connection.</param>
    /// <param name="channel">A channel of it.</param>
    /// <param name="topology">The names of the queues.</param>
    /// <param name="positions">Gets the position of each consumer.</param>
    /// <param name="processes">Gets where each consumer runs.</param>
    /// <param name="readers">Gets what each process reads.</param>
    /// <param name="streamId">The stream's id: positions in an earlier stream do not count.</param>
    /// <param name="epoch">The leader's epoch.</param>
    /// <param name="memory">Keeps the reports, for a broker that loses them.</param>
    /// <param name="onAmiss">Called with a message that is no report.</param>
    /// <param name="declares">Whether it declares a queue of its own; otherwise it uses the queue that was made for it.</param>
    internal static async Task<LeaderInbox> OpenAsync(
        BrokerConnection connection, IChannel channel, Topology topology, ConsumerPositions positions, ConsumerProcesses processes,
        CombinedReaders readers, long streamId, long epoch, StreamMemory memory, Action<string> onAmiss, bool declares)
    {
        var name = declares ? $"{topology.Inbox}.{Guid.NewGuid():N}" : topology.Inbox;
        if (declares)
        {
            await channel.QueueDeclareAsync(
                name, durable: false, exclusive: true, autoDelete: true, cancellationToken: connection.Ended).ConfigureAwait(false);
        }
        else
        {
            // Reports to an earlier leader.
            await channel.QueuePurgeAsync(name, connection.Ended).ConfigureAwait(false);
        }

        var inbox = new LeaderInbox(connection, channel, topology, positions, processes, readers, streamId, epoch, memory, onAmiss, name);
        await inbox.BindAsync().ConfigureAwait(false);
        await channel.BasicConsumeAsync(
            name,
            autoAck: true,
            consumerTag: "",
            noLocal: false,
            exclusive: true,
            arguments: null,
            new DeliveryHandler(connection, channel, inbox.OnMessageAsync),
            connection.Ended).ConfigureAwait(false);
        return inbox;
    }

    /// <summary>Binds the consumers' reports to this queue, also after the exchange has been deleted and made again.</summary>
    internal async Task BindAsync()
    {
        await BindAsync(Topology.LeaderKey).ConfigureAwait(false);
        await BindAsync(Topology.PresenceKey).ConfigureAwait(false);
    }

    private Task BindAsync(string key) => _channel.QueueBindAsync(_queue, _topology.Control, key, cancellationToken: _connection.Ended);

    private Task OnMessageAsync(IncomingMessage incoming)
    {
        var isKnown = incoming.Properties.Type switch
        {
            MessageTypes.Position =>
                ProtocolJson.TryRead(incoming.Body, ProtocolJson.Default.Checkpoint) is { Name: not null, Fences: not null } checkpoint
                    && OnPosition(checkpoint),
            MessageTypes.Synced or MessageTypes.Missing or MessageTypes.Newer =>
                ProtocolJson.TryRead(incoming.Body, ProtocolJson.Default.SyncAnswer) is { Name: not null } answer
                && OnAnswer(answer, incoming.Properties.Type),
            MessageTypes.Present =>
                ProtocolJson.TryRead(incoming.Body, ProtocolJson.Default.Presence) is { Name: not null, Instance: not null } presence
                    && OnPresence(presence),
            MessageTypes.Membership => ProtocolJson.TryRead(incoming.Body, ProtocolJson.Default.Membership) is { Name: not null } membership
                && OnMembership(membership),
            _ => false,
        };
        if (!isKnown) _onAmiss(ForeignMessage.Describe(_topology.Control, incoming.Properties, incoming.Body.Length));
        return Task.CompletedTask;
    }

    private bool OnPosition(Checkpoint checkpoint)
    {
        if (checkpoint.StreamId == _streamId)
        {
            if (checkpoint.Position != Checkpoint.None) _positions.Report(checkpoint.Name, checkpoint.Position);
            _memory.NoteCheckpoint(checkpoint);
        }

        _processes.OnReport(checkpoint.Name, checkpoint.Instance);
        return true;
    }

    private bool OnAnswer(SyncAnswer answer, string kind)
    {
        _processes.OnReport(answer.Name, answer.Instance);
        var isOfThisStream = answer.StreamId == _streamId;
        if (kind != MessageTypes.Newer)
        {
            if (isOfThisStream)
                _events.Writer.TryWrite(new LeaderEvent(answer.Name) { Answer = answer, IsMissing = kind == MessageTypes.Missing });
        }
        else if (answer.Epoch > _epoch || (answer.Epoch == _epoch && !isOfThisStream))
        {
            // If the broker has lost what it knew of epochs, the consumers know it: this process's next epoch is higher than theirs. An
            // answer with this epoch of this stream was meant for a leader before this one.
            _memory.NoteNumber(answer.Epoch + (isOfThisStream ? 0 : StreamMemory.EpochMargin), sequence: 0);
            _connection.Fail(
                new TransportException(
                    $"Consumer '{answer.Name}' has seen epoch "
                    + $"{answer.Epoch}{(isOfThisStream ? "" : ", before the broker lost the stream")}: this process needs one that is "
                    + $"newer, not {_epoch}."));
        }

        return true;
    }

    private bool OnMembership(Membership membership)
    {
        if (!membership.IsRetired) _readers.OnMentioned(membership.Name);
        return _events.Writer.TryWrite(new LeaderEvent(membership.Name));
    }

    private bool OnPresence(Presence presence)
    {
        _readers.OnPresent(presence);
        _processes.OnPresent(presence.Name, presence.Instance, presence.IsActive);
        if (!_positions.Has(presence.Name)) _events.Writer.TryWrite(new LeaderEvent(presence.Name) { IsUnknown = true });
        return true;
    }
}
