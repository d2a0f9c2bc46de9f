using System.Threading.Channels;
using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>A session of a consumer: a standby until the broker delivers something, the active one from then on.</summary>
internal sealed class JoinSession : IJoinSession
{
    private readonly string _name;

    /// <summary>The instance id of this process; null for none.</summary>
    private readonly string? _instance;

    private readonly BrokerConnection _connection;

    /// <summary>The channel on which values come and are acknowledged.</summary>
    private readonly IChannel _values;

    private readonly CheckpointStore _checkpoints;
    private readonly StreamMemory _memory;
    private readonly Action<string> _onAmiss;
    private readonly string _queue;
    private readonly Channel<TransportDelivery> _deliveries = Channel.CreateUnbounded<TransportDelivery>(new UnboundedChannelOptions { SingleWriter = true });

    /// <summary>Signals the report loop that there is something to report.</summary>
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(1);

    /// <summary>Guards the ledger and everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>The answer to a leader that asks; null for none.</summary>
    private (string Kind, long Head)? _question;

    /// <summary>Whether this session has reported missing values to the leader, and the leader has not asked since.</summary>
    private bool _hasReportedMissing;

    /// <summary>Values that came although some before them are missing, by number. Used by the deliveries alone.</summary>
    private readonly SortedDictionary<long, TransportDelivery> _kept = [];

    /// <summary>The messages received; null until the broker has delivered something.</summary>
    private DeliveryLedger? _ledger;

    /// <summary>The callers that wait until reports are durable, and the number up to which each waits.</summary>
    private readonly List<(long Position, TaskCompletionSource Source)> _settling = [];

    /// <summary>The number up to which everything was reported as finished.</summary>
    private long _finished;

    /// <summary>The number up to which this is durable at the broker, and the messages are acknowledged.</summary>
    private long _settled;

    /// <summary>Ends once everything that has been received is finished; null unless a caller waits for that.</summary>
    private TaskCompletionSource? _allFinished;

    /// <summary>
    /// The report loop. One loop alone: acknowledgements of several could overtake each other, which the broker does not allow.
    /// </summary>
    private Task _reporting = Task.CompletedTask;

    /// <summary>The deliveries that are not acknowledged.</summary>
    private readonly HoldWatch _held;

    /// <summary>Announces this process repeatedly.</summary>
    private Task _announcing = Task.CompletedTask;

    private JoinSession(string name, string? instance, BrokerConnection connection, IChannel values, CheckpointStore checkpoints, StreamMemory memory, string queue, HoldWatch held, Action<string> onAmiss)
    {
        _held = held;
        _name = name;
        _instance = instance;
        _connection = connection;
        _values = values;
        _checkpoints = checkpoints;
        _memory = memory;
        _queue = queue;
        _onAmiss = onAmiss;
    }

    /// <inheritdoc/>
    public ChannelReader<TransportDelivery> Deliveries => _deliveries.Reader;

    /// <inheritdoc/>
    public bool IsHeld => _connection.Lasts;

    /// <inheritdoc/>
    public bool IsActive
    {
        get
        {
            lock (_lock) return _ledger is not null;
        }
    }

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
    internal static async Task<JoinSession> OpenAsync(
        string name, string? instance, BrokerConnection connection, Topology topology, StreamMemory memory, HoldWatch held, TimeProvider clock, Action<string> onAmiss)
    {
        var values = await connection.OpenChannelAsync(confirms: false).ConfigureAwait(false);
        var control = await connection.OpenChannelAsync(confirms: true).ConfigureAwait(false);
        var session = new JoinSession(
            name, instance, connection, values, new CheckpointStore(connection, control, values, topology, clock, memory, onAmiss), memory, topology.Values(name), held, onAmiss);
        session._reporting = session.ReportAsync();
        // No prefetch limit: the window limits the queue, and a leader's question must be answered although a value is in hand.
        await values.BasicConsumeAsync(topology.Values(name), autoAck: false, new DeliveryHandler(connection, values, session.OnDeliveryAsync), connection.Ended).ConfigureAwait(false);
        if (instance is not null) session._announcing = session.AnnounceAsync(instance, clock);
        return session;
    }

    /// <inheritdoc/>
    public void Finish(long sequence)
    {
        lock (_lock)
        {
            _ledger!.Finish(sequence);
            _finished = Math.Max(_finished, sequence);
            if (_ledger.IsFinished) _allFinished?.TrySetResult();
        }

        _bell.Writer.TryWrite(true);
    }

    /// <inheritdoc/>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_settled >= _finished) return;
            _settling.Add((_finished, source));
        }

        var settled = source.Task.WaitAsync(cancellationToken);
        if (await Task.WhenAny(settled, WhenLost).ConfigureAwait(false) != settled)
            throw new TransportException($"The session of '{_name}' was lost before its last report was durable.");
        await settled.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The whole connection, never the consumer alone: if it were cancelled with values unacknowledged, the next in line would get
        // later ones first.
        await _connection.DisposeAsync().ConfigureAwait(false);
        _held.Dispose();
        _deliveries.Writer.TryComplete();
        await _reporting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _announcing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task OnDeliveryAsync(IncomingMessage incoming)
    {
        // The first delivery shows that this session is active, so no other session writes the checkpoint from now on.
        if (_ledger is null)
        {
            var checkpoint = await _connection.RunAsync(() => _checkpoints.ReadAsync(_name), $"Reading the checkpoint of '{_name}'").ConfigureAwait(false);
            lock (_lock)
            {
                _ledger = new DeliveryLedger(checkpoint, _instance);
                _finished = _settled = checkpoint.Position;
            }
        }

        _held.Add(incoming.Tag);
        if (StreamMessage.TryRead(incoming.Properties, incoming.Body) is not { } message)
        {
            _onAmiss(ForeignMessage.Describe(_queue, incoming.Properties, incoming.Body.Length));
            lock (_lock) _ledger.Pass(incoming.Tag);
            _bell.Writer.TryWrite(true);
            return;
        }

        await BeginStreamAsync(message).ConfigureAwait(false);
        _memory.NoteStream(message.StreamId, message.Epoch);
        Verdict verdict;
        lock (_lock)
        {
            verdict = _ledger.Receive(message, incoming.Tag);
            if (verdict == Verdict.Answer)
            {
                _question = (MessageTypes.Synced, message.Sequence);
                _hasReportedMissing = false;
            }
            else if (verdict == Verdict.Newer)
            {
                _question ??= (MessageTypes.Newer, message.Sequence);
            }
            else if (verdict == Verdict.ReportMissing && !_hasReportedMissing)
            {
                _question = (MessageTypes.Missing, message.Sequence);
                _hasReportedMissing = true;
            }
        }

        if (verdict is Verdict.Deliver or Verdict.ReportMissing)
        {
            _memory.NoteNumber(message.Epoch, message.Sequence);
            var (isEnd, endsBefore) = (message.Kind == MessageTypes.Close, _memory.EndsBefore(message.StreamId, message.Ends));
            var delivery = new TransportDelivery(message.Epoch, message.Sequence, message.Body.ToArray())
            {
                StreamId = message.StreamId,
                IsEnd = isEnd,
                IsPastEnd = isEnd && message.Ends <= endsBefore,
                IsBeyondEnd = !isEnd && message.Ends > endsBefore,
                IsRedelivered = incoming.IsRedelivered || message.IsRepeated,
                ContentType = message.ContentType,
                TraceParent = message.TraceParent,
            };
            _kept.Remove(message.Sequence);
            if (verdict == Verdict.ReportMissing) _kept[message.Sequence] = delivery;
            else _deliveries.Writer.TryWrite(delivery);
        }
        else if (verdict == Verdict.Skip)
        {
            DeliverSkipped(message);
        }

        if (verdict != Verdict.Deliver) _bell.Writer.TryWrite(true);
    }

    /// <summary>Delivers what has come of the numbers that are not put again, and reports the lost ranges between.</summary>
    private void DeliverSkipped(StreamMessage message)
    {
        var (next, last) = _ledger!.Skipped;
        foreach (var (number, delivery) in _kept.TakeWhile(kept => kept.Key <= last).ToArray())
        {
            _kept.Remove(number);
            if (number < next) continue;
            if (number > next) DeliverLost(next, number - 1);
            _deliveries.Writer.TryWrite(delivery);
            next = number + 1;
        }

        if (next <= last) DeliverLost(next, last);

        void DeliverLost(long first, long final) =>
            _deliveries.Writer.TryWrite(new TransportDelivery(message.Epoch, final, default) { StreamId = message.StreamId, LostFrom = first });
    }

    /// <summary>Goes on to another stream, if the message is the first of one: once everything that came before is finished.</summary>
    private async Task BeginStreamAsync(StreamMessage message)
    {
        Task? finished = null;
        lock (_lock)
        {
            if (!_ledger!.BeginsAnotherStream(message)) return;
            if (!_ledger.IsFinished) finished = (_allFinished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        // No other message comes meanwhile: deliveries are handled one after another.
        if (finished is not null) await finished.WaitAsync(_connection.Ended).ConfigureAwait(false);
        lock (_lock)
        {
            _allFinished = null;
            _ledger!.BeginStream(message.StreamId);
            _kept.Clear();
            _finished = _settled = Checkpoint.None;
        }
    }

    /// <summary>Announces this process to the present leader, also while it stands by.</summary>
    private async Task AnnounceAsync(string instance, TimeProvider clock)
    {
        try
        {
            while (!_connection.Ended.IsCancellationRequested)
            {
                await _connection.RunAsync(() => _checkpoints.AnnounceAsync(new Presence(_name, instance, IsActive)), $"Announcing '{_name}'").ConfigureAwait(false);
                await Task.Delay(Presence.Interval, clock, _connection.Ended).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            // The connection has ended, and with it the session.
        }
    }

    /// <summary>Reports as long as the session lasts; reports that arise while one is under way are combined.</summary>
    private async Task ReportAsync()
    {
        try
        {
            await foreach (var _ in _bell.Reader.ReadAllAsync(_connection.Ended).ConfigureAwait(false))
                await _connection.RunAsync(ReportOnceAsync, $"Reporting the position of '{_name}'").ConfigureAwait(false);
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            // The connection has ended, and with it the session.
        }
        finally
        {
            _deliveries.Writer.TryComplete();
        }
    }

    private async Task ReportOnceAsync()
    {
        Checkpoint checkpoint;
        ulong tag;
        (string Kind, long Head)? question;
        SyncAnswer? answer = null;
        long finished;
        lock (_lock)
        {
            (checkpoint, tag) = _ledger!.Now;
            question = _question;
            _question = null;
            if (question is { } asked) answer = _ledger.Answer(asked.Head, _memory.Highest);
            finished = _finished;
        }

        // Durable before it is acknowledged: otherwise a value could be gone without any record that it is finished.
        _memory.NoteCheckpoint(checkpoint);
        await _checkpoints.WriteAsync(checkpoint).ConfigureAwait(false);
        ulong acknowledged;
        lock (_lock) acknowledged = _ledger.Confirm(checkpoint.Position, tag);
        if (acknowledged > 0) _held.Remove(acknowledged);
        if (acknowledged > 0) await _values.BasicAckAsync(acknowledged, multiple: true, _connection.Ended).ConfigureAwait(false);
        // The fence, too, is durable before the leader relies on it.
        if (answer is not null) await _checkpoints.AnswerAsync(question!.Value.Kind, answer).ConfigureAwait(false);
        lock (_lock)
        {
            _settled = finished;
            for (var i = _settling.Count - 1; i >= 0; i--)
            {
                if (_settling[i].Position > finished) continue;
                _settling[i].Source.TrySetResult();
                _settling.RemoveAt(i);
            }
        }
    }
}
