using System.Threading.Channels;
using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>A session of a consumer: a standby until the broker delivers something, the active one from then on.</summary>
internal sealed partial class JoinSession : IJoinSession
{
    private readonly string _name;

    private readonly BrokerConnection _connection;

    /// <summary>The channel on which values come and are acknowledged.</summary>
    private readonly IChannel _values;

    private readonly CheckpointStore _checkpoints;
    private readonly StreamMemory _memory;
    private readonly Action<string> _onAmiss;
    private readonly string _queue;
    private readonly Channel<TransportDelivery> _deliveries = Channel.CreateUnbounded<TransportDelivery>(
        new UnboundedChannelOptions { SingleWriter = true });

    /// <summary>Signals the report loop that there is something to report.</summary>
    private readonly Channel<bool> _hasReport = Channel.CreateBounded<bool>(1);

    private readonly ConsumerState _state;
    private readonly KeptDeliveries _kept = new();

    /// <summary>
    /// The report loop. One loop alone: acknowledgements of several could overtake each other, which the broker does not allow.
    /// </summary>
    private Task _reporting = Task.CompletedTask;

    /// <summary>The deliveries that are not acknowledged.</summary>
    private readonly HoldTimeLimit _held;

    /// <summary>Notices that the broker no longer knows the consumer.</summary>
    private readonly OwnConsumerWatch _watch;

    /// <summary>What is done every few seconds: the announcement of this process, and the look of the watch.</summary>
    private Task _repeating = Task.CompletedTask;

    private JoinSession(
        string name, string? instance, BrokerConnection connection, IChannel values, CheckpointStore checkpoints, StreamMemory memory,
        string queue, HoldTimeLimit held, Action<string> onAmiss, TimeProvider clock)
    {
        _held = held;
        _watch = new OwnConsumerWatch(connection, queue, clock);
        _name = name;
        _connection = connection;
        _values = values;
        _checkpoints = checkpoints;
        _memory = memory;
        _queue = queue;
        _onAmiss = onAmiss;
        _state = new ConsumerState(name, instance, memory);
    }

    /// <inheritdoc/>
    public ChannelReader<TransportDelivery> Deliveries => _deliveries.Reader;

    /// <inheritdoc/>
    public bool IsHeld => _connection.Lasts;

    /// <inheritdoc/>
    public bool IsActive => _state.IsActive;

    /// <inheritdoc/>
    public Task<Exception> WhenLost => _connection.WhenLost;

    /// <inheritdoc/>
    public Task<Exception> WhenOverdue => _held.WhenOverdue;

    /// <summary>Joins.</summary>
    /// <param name="name">The consumer.</param>
    /// <param name="instance">The instance id of this process; null to join without an announcement.</param>
    /// <param name="connection">The connection, which is the session's from now on.</param>
    /// <param name="topology">The names of the queues.</param>
    /// <param name="memory">Keeps what is received and finished, for a broker that loses it.</param>
    /// <param name="held">Notices that a message is not acknowledged for too long. The session's from now on.</param>
    /// <param name="clock">Paces repeated actions.</param>
    /// <param name="onAmiss">Called with what is wrong with the queues of the consumer.</param>
    /// <param name="hears">Whether the process hears of the stream while it stands by.</param>
    internal static async Task<JoinSession> OpenAsync(
        string name, string? instance, BrokerConnection connection, Topology topology, StreamMemory memory, HoldTimeLimit held,
        TimeProvider clock, Action<string> onAmiss, bool hears)
    {
        var values = await connection.OpenChannelAsync(confirms: false).ConfigureAwait(false);
        var control = await connection.OpenChannelAsync(confirms: true).ConfigureAwait(false);
        var checkpoints = new CheckpointStore(connection, control, values, topology, clock, memory, onAmiss);
        var session = new JoinSession(
            name, instance, connection, values, checkpoints, memory, topology.Values(name), held, onAmiss, clock);
        session._reporting = session.ReportAsync();
        // Before the queue is consumed: that it is made again from then on must not be missed.
        if (hears) await StreamAnnouncements.ListenAsync(connection, topology, memory, topology.Values(name)).ConfigureAwait(false);
        // No prefetch limit: the window limits the queue, and a leader's question must be answered although a value is in hand.
        await values.BasicConsumeAsync(
            topology.Values(name), autoAck: false, new DeliveryHandler(connection, values, session.OnDeliveryAsync),
            connection.Ended).ConfigureAwait(false);
        if (instance is not null) session._repeating = Task.WhenAll(session.AnnounceAsync(instance, clock), session._watch.RunAsync());
        return session;
    }

    /// <inheritdoc/>
    public void Finish(long sequence)
    {
        _state.Finish(sequence);
        _hasReport.Writer.TryWrite(true);
    }

    /// <inheritdoc/>
    public Task SettleAsync(CancellationToken cancellationToken) => _state.SettleAsync(WhenLost, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The whole connection, never the consumer alone: if it were cancelled with values unacknowledged, the next in line would get
        // later ones first.
        await _connection.DisposeAsync().ConfigureAwait(false);
        _held.Dispose();
        _deliveries.Writer.TryComplete();
        await _reporting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _repeating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task OnDeliveryAsync(IncomingMessage incoming)
    {
        _watch.OnReceived();
        // The first delivery shows that this session is active, so no other session writes the checkpoint from now on.
        if (!_state.IsActive)
        {
            var checkpoint = await _connection.RunAsync(() => _checkpoints.ReadAsync(_name), $"Reading the checkpoint of '{_name}'")
                .ConfigureAwait(false);
            _state.Open(checkpoint);
        }

        _held.Add(incoming.Tag);
        if (StreamMessage.TryRead(incoming.Properties, incoming.Body) is not { } message)
        {
            _onAmiss(ForeignMessage.Describe(_queue, incoming.Properties, incoming.Body.Length));
            _state.Pass(incoming.Tag);
            _hasReport.Writer.TryWrite(true);
            return;
        }

        if (CombinedValues.TryExpand(message) is not { } messages)
        {
            _onAmiss(ForeignMessage.DescribeDamaged(_queue, message));
            _state.Pass(incoming.Tag);
            _hasReport.Writer.TryWrite(true);
            return;
        }

        if (message.Kind == MessageTypes.Sync && _memory.IsAheadOf(message.StreamId, message.Epoch))
        {
            _state.Refuse(message, incoming.Tag);
            _hasReport.Writer.TryWrite(true);
            return;
        }

        if (_state.BeginsAnotherStream(message, out var finished))
        {
            // No other message comes meanwhile: deliveries are handled one after another.
            await finished.WaitAsync(_connection.Ended).ConfigureAwait(false);
            _state.BeginStream(message.StreamId);
            _kept.Clear();
        }

        _memory.NoteStream(message.StreamId, message.Epoch);
        var verdicts = _state.Receive(messages, incoming.Tag);
        for (var i = 0; i < verdicts.Count; i++) Take(verdicts[i], messages[i], incoming);
        if (verdicts.Any(static verdict => verdict != Verdict.Deliver)) _hasReport.Writer.TryWrite(true);
    }

    private void Take(Verdict verdict, StreamMessage message, IncomingMessage incoming)
    {
        if (verdict is Verdict.Deliver or Verdict.ReportMissing)
        {
            _memory.NoteNumber(message.Epoch, message.Sequence);
            var delivery = DeliveryOf(message, incoming);
            if (verdict == Verdict.ReportMissing)
            {
                _kept.Keep(delivery);
            }
            else
            {
                _kept.Remove(message.Sequence);
                _deliveries.Writer.TryWrite(delivery);
            }
        }
        else if (verdict == Verdict.Skip)
        {
            var (first, last) = _state.Skipped;
            foreach (var delivery in _kept.Release(first, last, message)) _deliveries.Writer.TryWrite(delivery);
        }
    }

    private TransportDelivery DeliveryOf(StreamMessage message, IncomingMessage incoming)
    {
        var (isEnd, endsBefore) = (message.Kind == MessageTypes.Close, _memory.EndsBefore(message.StreamId, message.Ends));
        return new TransportDelivery(message.Epoch, message.Sequence, message.Body)
        {
            StreamId = message.StreamId,
            IsEnd = isEnd,
            IsPastEnd = isEnd && message.Ends <= endsBefore,
            IsBeyondEnd = !isEnd && message.Ends > endsBefore,
            IsRedelivered = incoming.IsRedelivered || message.IsRepeated,
            ContentType = message.ContentType,
            TraceParent = message.TraceParent,
        };
    }
}
