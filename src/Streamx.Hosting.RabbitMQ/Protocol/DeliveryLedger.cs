namespace Streamx.Hosting.RabbitMQ;

/// <summary>The consumer's side of the protocol: decides what to do with each message, what to report, and when to acknowledge.</summary>
/// <remarks>
/// <para>Invariants: each number is delivered once and in order; what a replaced leader wrote after its successor's first message is
/// dropped; no message is acknowledged before a checkpoint that covers it is durable; acknowledgements go in order.</para>
/// <para>Not thread-safe: its session guards it.</para>
/// </remarks>
internal sealed class DeliveryLedger
{
    private readonly string _name;

    /// <summary>The instance id of this process; null for none.</summary>
    private readonly string? _instance;

    /// <summary>Where epochs began, the newest last.</summary>
    private readonly List<Fence> _fences;

    /// <summary>The stream's id, to which all of this belongs; zero before any message has come.</summary>
    private long _streamId;

    /// <summary>The messages that have been received and not acknowledged, in order.</summary>
    private readonly Queue<LedgerEntry> _entries = new();

    /// <summary>Numbers that will never come: once the first of a pair is finished, the position goes on to the second.</summary>
    private readonly Queue<(long From, long To)> _jumps = new();

    /// <summary>The newest epoch seen.</summary>
    private long _epoch;

    /// <summary>
    /// The number up to which everything has been received; <see cref="Checkpoint.None"/> for a consumer without a position.
    /// </summary>
    private long _received;

    /// <summary>The highest number that has come, even if some before it are missing.</summary>
    private long _seen;

    /// <summary>The number up to which everything is finished.</summary>
    private long _position;

    /// <summary>The tag of the last message received.</summary>
    private ulong _lastTag;

    /// <summary>The epoch that the newest end closes, while nothing newer has come.</summary>
    private long _endOf;

    /// <summary>Resumes from a checkpoint: messages received since and not acknowledged come again.</summary>
    /// <param name="checkpoint">The checkpoint, whichever process wrote it.</param>
    /// <param name="instance">The instance id of this process; null for none.</param>
    internal DeliveryLedger(Checkpoint checkpoint, string? instance = null)
    {
        _name = checkpoint.Name;
        _instance = instance;
        _epoch = checkpoint.Epoch;
        _streamId = checkpoint.StreamId;
        _received = _position = checkpoint.Position;
        _fences = [.. checkpoint.Fences];
    }

    /// <summary>The consumer's checkpoint, and the tag up to which it takes account of what has been received.</summary>
    internal (Checkpoint Checkpoint, ulong Tag) Now =>
        (new Checkpoint(_name, _epoch, _position, [.. _fences]) { StreamId = _streamId, Instance = _instance }, _lastTag);

    /// <summary>Whether everything that has been received is finished.</summary>
    internal bool IsFinished => _position >= _received;

    /// <summary>After <see cref="Verdict.Skip"/>, the numbers that no leader will put again; some of them may have come.</summary>
    internal (long First, long Last) Skipped { get; private set; }

    /// <summary>The answer to a leader of the newest epoch.</summary>
    /// <param name="head">The number that its question carried.</param>
    /// <param name="highest">The highest number this process knows of.</param>
    internal SyncAnswer Answer(long head, long highest = 0) =>
        new(_name, _epoch, _position, _received, head)
        {
            Highest = _received == Checkpoint.None ? highest : _seen > _received ? _seen : 0,
            StreamId = _streamId,
            Instance = _instance,
        };

    /// <summary>Whether a message belongs to a stream that has replaced the one before, which the broker has lost.</summary>
    internal bool BeginsAnotherStream(StreamMessage message) => _streamId != 0 && message.StreamId != _streamId && message.Epoch > _epoch;

    /// <summary>Another stream has replaced the one before, of which everything is finished: numbers begin anew.</summary>
    internal void BeginStream(long id)
    {
        _streamId = id;
        _received = _position = Checkpoint.None;
        _seen = 0;
        _fences.Clear();
        _jumps.Clear();
        _endOf = 0;
        // Messages left of the stream before can be acknowledged with the first checkpoint of this one.
        _entries.Clear();
        if (_lastTag != 0) _entries.Enqueue(new LedgerEntry(_lastTag, Checkpoint.None, EndOf: 0));
    }

    /// <summary>Passes over a message that is not of the stream: it is acknowledged with the messages before it.</summary>
    internal void Pass(ulong tag)
    {
        _lastTag = tag;
        Drop(tag);
    }

    /// <summary>Takes account of a message that has no value, or one.</summary>
    internal Verdict Receive(StreamMessage message, ulong tag) => Receive([message], tag)[0];

    /// <summary>Takes account of a message. If it has several values, it can be acknowledged once all of them are finished.</summary>
    /// <param name="messages">The values of the message, in order, or the message itself.</param>
    /// <param name="tag">Its tag.</param>
    /// <returns>What is done with each.</returns>
    internal IReadOnlyList<Verdict> Receive(IReadOnlyList<StreamMessage> messages, ulong tag)
    {
        var first = messages[0];
        _lastTag = tag;
        if (_streamId == 0) _streamId = first.StreamId;
        var verdicts = new Verdict[messages.Count];
        // A message of a stream that the broker has lost. This session has begun a later stream by now.
        if (first.StreamId != _streamId)
        {
            Drop(tag);
            Array.Fill(verdicts, first.Kind == MessageTypes.Sync ? Verdict.Newer : Verdict.Drop);
            return verdicts;
        }

        if (first.Kind is MessageTypes.Value or MessageTypes.Close) ReceiveNumbered(messages, tag, verdicts);
        else if (first.Kind == MessageTypes.Sync) verdicts[0] = ReceiveSync(first, tag);
        else if (first.Kind == MessageTypes.Begin) verdicts[0] = ReceiveBegin(first, tag);
        else throw new ArgumentOutOfRangeException(nameof(messages), first.Kind, "A leader appends no such message.");
        return verdicts;
    }

    /// <summary>Everything up to a number is finished.</summary>
    internal void Finish(long sequence)
    {
        _position = Math.Max(_position, Math.Min(sequence, _received));
        while (_jumps.TryPeek(out var jump) && jump.From <= _position)
        {
            _position = Math.Max(_position, jump.To);
            _jumps.Dequeue();
        }

        // An older fence is needed while a message from between it and the next one may come again.
        while (_fences.Count > 1 && _fences[1].Received <= _position) _fences.RemoveAt(0);
    }

    /// <summary>A checkpoint is durable: removes what it covers from the ledger.</summary>
    /// <param name="position">Its position.</param>
    /// <param name="tag">The tag up to which the checkpoint took account of what had been received.</param>
    /// <returns>The tag up to which everything can be acknowledged; zero for none.</returns>
    internal ulong Confirm(long position, ulong tag)
    {
        ulong last = 0;
        while (_entries.TryPeek(out var entry) && entry.Tag <= tag && entry.Needed <= position && !IsNewestEnd(entry))
        {
            last = entry.Tag;
            _entries.Dequeue();
        }

        return last;
    }

    /// <summary>
    /// The end stays in the queue until the stream is opened again, so that each process of the consumer sees it in turn.
    /// </summary>
    private bool IsNewestEnd(LedgerEntry entry) => entry.EndOf != 0 && entry.EndOf == _endOf;

    private void ReceiveNumbered(IReadOnlyList<StreamMessage> values, ulong tag, Verdict[] verdicts)
    {
        var all = new LedgerEntry(tag, _received, EndOf: 0);
        for (var i = 0; i < verdicts.Length; i++)
        {
            (verdicts[i], var entry) = TakeNumbered(values[i], tag);
            all = entry with { Needed = Math.Max(all.Needed, entry.Needed) };
        }

        _entries.Enqueue(all);
    }

    /// <summary>Takes account of a value or the end: what is done with it, and when its message can be acknowledged.</summary>
    private (Verdict Verdict, LedgerEntry Entry) TakeNumbered(StreamMessage message, ulong tag)
    {
        var isEnd = message.Kind == MessageTypes.Close;
        if (IsVoid(message.Epoch, message.Sequence)) return (Verdict.Drop, new LedgerEntry(tag, _received, EndOf: 0));
        _epoch = Math.Max(_epoch, message.Epoch);
        // A consumer that joins takes the stream as it finds it.
        if (_received == Checkpoint.None) _received = _position = message.Sequence - 1;
        _seen = Math.Max(_seen, message.Sequence);
        // It stays unacknowledged until the missing values have come: then its number is finished, too.
        if (message.Sequence > _received + 1) return (Verdict.ReportMissing, new LedgerEntry(tag, message.Sequence, EndOf: 0));

        var isNew = message.Sequence > _received;
        _received = Math.Max(_received, message.Sequence);
        if (isEnd && message.Sequence == _received) _endOf = message.Epoch;
        var verdict = isNew || (isEnd && message.Sequence == _received) ? Verdict.Deliver : Verdict.Drop;
        return (verdict, new LedgerEntry(tag, _received, isEnd ? message.Epoch : 0));
    }

    private Verdict ReceiveSync(StreamMessage message, ulong tag)
    {
        if (message.Epoch < _epoch)
        {
            Drop(tag);
            return Verdict.Newer;
        }

        _epoch = message.Epoch;
        if (_endOf != 0 && _endOf < _epoch) _endOf = 0;
        if (_received == Checkpoint.None && message.Sequence != Checkpoint.None) _received = _position = message.Sequence;
        // A message that has come although some before it are missing was also written before the question.
        if (_fences.Count == 0 || _fences[^1].Epoch < _epoch)
            _fences.Add(new Fence(_epoch, _received == Checkpoint.None ? _received : Math.Max(_received, _seen)));
        Drop(tag);
        return Verdict.Answer;
    }

    private Verdict ReceiveBegin(StreamMessage message, ulong tag)
    {
        var before = message.Sequence - 1;
        if (IsVoid(message.Epoch, before) || before <= _received) return Drop(tag);
        if (_received == Checkpoint.None)
        {
            _received = _position = before;
            return Drop(tag);
        }

        // Up to here the numbers had values; beyond, no value ever had them.
        var last = Math.Max(_received, Math.Min(before, Math.Max(message.Highest, _seen)));
        Skipped = (_received + 1, last);
        if (before > last) _jumps.Enqueue((last, before));
        _received = before;
        Finish(_position);
        Drop(tag);
        return Skipped.First <= Skipped.Last ? Verdict.Skip : Verdict.Drop;
    }

    private bool IsVoid(long epoch, long sequence) => _fences.Exists(fence => fence.Voids(epoch, sequence));

    /// <summary>The message can be acknowledged with the messages before it.</summary>
    private Verdict Drop(ulong tag)
    {
        _entries.Enqueue(new LedgerEntry(tag, _received, EndOf: 0));
        return Verdict.Drop;
    }
}
