using Streamx.Hosting;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>One stream in memory: a log of the values that not every consumer has finished, and the sessions in line.</summary>
/// <remarks>
/// A number is its value's place in the log, so an append is one step for all consumers. A session is over when its process gives it up;
/// a store between machines would also have each session expire unless its process prolongs it. Safe from any thread.
/// </remarks>
internal sealed class MemoryStore
{
    internal const long StreamId = 1;

    /// <summary>Guards everything below, and the order of deliveries.</summary>
    private readonly Lock _lock = new();

    private readonly List<(TransportDelivery Delivery, int Ends)> _log = [];
    private readonly Dictionary<string, MemoryConsumer> _consumers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The sessions in line to lead; the first one leads.</summary>
    private readonly List<MemoryLeadSession> _leaders = [];

    /// <summary>The end, from its append until the stream is opened again: each process of a consumer is given it.</summary>
    private (TransportDelivery Delivery, int Ends)? _end;

    private long _epoch;
    private long _begunEpoch;

    /// <summary>The last number.</summary>
    private long _head;

    /// <summary>How many ends have been decided.</summary>
    private int _ends;

    /// <summary>The number of the end while not every consumer has finished it.</summary>
    private long? _endsAt;

    internal MemoryTransport CreateProcess(string? instance = null) => new(this, instance);

    internal void Register(IEnumerable<string> names, MemoryTransport process)
    {
        lock (_lock)
        {
            process.EndsBefore ??= _ends;
            foreach (var name in names)
                if (_consumers.TryAdd(name, new MemoryConsumer { Position = _head, Delivered = _head })) TellLeaderLocked(name);
        }
    }

    internal void Retire(string name)
    {
        lock (_lock)
        {
            if (!_consumers.Remove(name, out var consumer)) return;
            foreach (var session in consumer.Line) session.End($"Consumer '{name}' has been retired.");
            if (_leaders.Count == 0) return;
            _leaders[0].Positions.Remove(name);
            _leaders[0].Processes.Remove(name);
        }
    }

    internal bool TryLead(MemoryLeadSession session)
    {
        lock (_lock)
        {
            _leaders.Add(session);
            if (_leaders[0] != session) return false;
            GrantLocked();
            return true;
        }
    }

    internal void Begin(MemoryLeadSession session, long first)
    {
        lock (_lock)
        {
            CheckLocked(session);
            _begunEpoch = session.Epoch;
            _head = Math.Max(_head, first - 1);
            if (_endsAt is null) _end = null;
            // A number that is skipped counts as finished.
            foreach (var name in _consumers.Keys) TellLeaderLocked(name);
        }
    }

    #region fence
    internal void Append(MemoryLeadSession session, TransportValue value)
    {
        lock (_lock)
        {
            CheckLocked(session);
            // Appended again, and durable from the first time.
            if (value.Sequence <= _head) return;
            _head = value.Sequence;
            var entry = (new TransportDelivery(session.Epoch, value.Sequence, value.Body)
            {
                StreamId = StreamId,
                IsEnd = value.IsEnd,
                IsRedelivered = value.IsRepeated,
                ContentType = value.ContentType,
                TraceParent = value.TraceParent,
            }, _ends);
            _log.Add(entry);
            if (value.IsEnd) _end = entry;
            foreach (var consumer in _consumers.Values) GiveLocked(consumer, entry);
        }
    }

    private void CheckLocked(MemoryLeadSession session)
    {
        if (_leaders.Count == 0 || _leaders[0] != session) throw new TransportException("Another session leads the stream.");
    }
    #endregion

    internal void DecideEnd(MemoryLeadSession session, long sequence)
    {
        lock (_lock)
        {
            CheckLocked(session);
            (_ends, _endsAt) = (_ends + 1, sequence);
        }
    }

    internal void Release(MemoryLeadSession session, bool closed)
    {
        lock (_lock)
        {
            CheckLocked(session);
            if (closed) _endsAt = null;
        }

        Leave(session);
    }

    internal void Leave(MemoryLeadSession session)
    {
        lock (_lock)
        {
            var led = _leaders.Count > 0 && _leaders[0] == session;
            _leaders.Remove(session);
            session.End("The session has ended.");
            if (led && _leaders.Count > 0) GrantLocked();
        }
    }

    internal void Join(MemoryJoinSession session)
    {
        lock (_lock)
        {
            var consumer = _consumers[session.Name];
            consumer.Line.Add(session);
            if (consumer.Line[0] == session) ActivateLocked(consumer);
            TellLeaderLocked(session.Name);
        }
    }

    internal void Leave(MemoryJoinSession session)
    {
        lock (_lock)
        {
            session.End("The session has ended.");
            if (!_consumers.TryGetValue(session.Name, out var consumer)) return;
            var wasActive = consumer.Line.Count > 0 && consumer.Line[0] == session;
            consumer.Line.Remove(session);
            if (wasActive) ActivateLocked(consumer);
            TellLeaderLocked(session.Name);
        }
    }

    internal void Finish(MemoryJoinSession session, long sequence)
    {
        lock (_lock)
        {
            if (!_consumers.TryGetValue(session.Name, out var consumer) || consumer.Line.Count == 0 || consumer.Line[0] != session) return;
            consumer.Position = Math.Max(consumer.Position, sequence);
            var finished = _consumers.Values.Min(other => other.Position);
            _log.RemoveAll(entry => entry.Delivery.Sequence <= finished);
            TellLeaderLocked(session.Name);
        }
    }

    /// <summary>Ends every session, as a network that breaks does.</summary>
    internal void Disconnect()
    {
        MemoryJoinSession[] joined;
        MemoryLeadSession[] leading;
        lock (_lock) (joined, leading) = ([.. _consumers.Values.SelectMany(consumer => consumer.Line)], [.. _leaders]);
        foreach (var session in joined) Leave(session);
        foreach (var session in leading) Leave(session);
    }

    private void GrantLocked()
    {
        var session = _leaders[0];
        foreach (var name in _consumers.Keys) TellLeaderLocked(name);
        session.Grant(++_epoch, _begunEpoch, hasEnded: _ends > session.Transport.EndsBefore, _endsAt, _head);
    }

    /// <summary>The next in line is given what its consumer has not finished.</summary>
    private void ActivateLocked(MemoryConsumer consumer)
    {
        if (consumer.Line.Count == 0) return;
        consumer.Line[0].IsActive = true;
        foreach (var entry in _log.Where(entry => entry.Delivery.Sequence > consumer.Position)) GiveLocked(consumer, entry);
        if (_end is { } end && end.Delivery.Sequence <= consumer.Position) GiveLocked(consumer, end);
    }

    private static void GiveLocked(MemoryConsumer consumer, (TransportDelivery Delivery, int Ends) entry)
    {
        if (consumer.Line.Count == 0) return;
        var (delivery, before) = (entry.Delivery, consumer.Line[0].Transport.EndsBefore);
        consumer.Line[0].Give(delivery with
        {
            IsRedelivered = delivery.IsRedelivered || delivery.Sequence <= consumer.Delivered,
            IsPastEnd = delivery.IsEnd && entry.Ends <= before,
            IsBeyondEnd = !delivery.IsEnd && entry.Ends > before,
        });
        consumer.Delivered = Math.Max(consumer.Delivered, delivery.Sequence);
    }

    private void TellLeaderLocked(string name)
    {
        if (_leaders.Count == 0 || !_consumers.TryGetValue(name, out var consumer)) return;
        var next = _log.Find(entry => entry.Delivery.Sequence > consumer.Position).Delivery;
        _leaders[0].Positions.Add(name);
        _leaders[0].Positions.Report(name, next is null ? _head : next.Sequence - 1);
        _leaders[0].Processes.Set(name, [.. consumer.Line.Select(session => session.Transport.Instance)]);
    }
}
