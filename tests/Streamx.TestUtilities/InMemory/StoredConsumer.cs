namespace Streamx.TestUtilities.InMemory;

/// <summary>A registered consumer, as the store has it: what it is to receive, how far it is, and the sessions in line for it.</summary>
/// <remarks>Guarded by the lock of the store.</remarks>
/// <param name="store">The store.</param>
/// <param name="name">Its name.</param>
internal sealed class StoredConsumer(InMemoryStore store, string name)
{
    /// <summary>What it has received and not finished, in order.</summary>
    private readonly List<StoredValue> _unfinished = [];

    /// <summary>Numbers that never come: from what is finished at the one, the position goes on to the other.</summary>
    private readonly Queue<(long From, long To)> _jumps = new();

    /// <summary>The end, for each session that comes; null while the stream is open.</summary>
    private StoredValue? _end;

    /// <summary>What is finished ahead of the position.</summary>
    private readonly SortedSet<long> _ahead = [];

    /// <summary>The last number that a session has reported.</summary>
    private long _told;

    /// <summary>The highest number that has been given to a session.</summary>
    private long _delivered;

    /// <summary>Its name.</summary>
    internal string Name => name;

    /// <summary>The sessions in line; the first gets the values.</summary>
    internal List<InMemoryJoinSession> Line { get; } = [];

    /// <summary>The highest number it has received; null until the stream it joins has begun.</summary>
    internal long? Received { get; private set; }

    /// <summary>The number up to which it has finished everything.</summary>
    internal long Position { get; private set; }

    /// <summary>The position that a leader is told.</summary>
    internal long Reported => store.Bug == StoreBug.ForgetsPositions ? _told : Position;

    /// <summary>Whether there is something that it has not finished.</summary>
    internal bool HasUnfinished => _unfinished.Count > 0;

    /// <summary>It takes the stream as it finds it.</summary>
    internal void StartLocked(long head)
    {
        Received = Position = head;
        _delivered = head;
        _unfinished.Clear();
    }

    /// <summary>It joins a stream whose end has been appended.</summary>
    internal void EndLocked(StoredValue end) => _end = end;

    /// <summary>An epoch has begun.</summary>
    /// <param name="before">The number before its first.</param>
    internal void BeginLocked(long before)
    {
        _end = null;
        if (Received is null || store.Bug == StoreBug.SkipsTheUnfinished) StartLocked(before);
        if (Received >= before) return;
        _jumps.Enqueue((Received!.Value, before));
        Received = before;
        JumpLocked();
    }

    /// <summary>A value has come. A number that has come before is dropped.</summary>
    internal void ReceiveLocked(StoredValue value)
    {
        if (Received is null) StartLocked(value.Sequence - 1);
        if (value.Sequence > Received + 1)
            store.Problem ??= $"Value {value.Sequence} was appended for '{name}', which has received {Received}: a leader skips numbers.";
        if (value.Value.IsEnd && value.Sequence >= Received) _end = value;
        if (value.Sequence <= Received)
        {
            if (_end == value) GiveEndLocked();
            return;
        }

        Received = value.Sequence;
        _unfinished.Add(value);
        foreach (var session in ActiveLocked()) GiveLocked(session, value);
    }

    /// <summary>A value is confirmed without it.</summary>
    internal void MissLocked(StoredValue value) => Received = Math.Max(Received ?? 0, value.Sequence);

    /// <summary>Loses values that no session has been given, as an operator's policy would have a broker do.</summary>
    /// <returns>Those that it had.</returns>
    internal IReadOnlyList<StoredValue> LoseLocked(int count)
    {
        StoredValue[] lost = [.. _unfinished.SkipWhile(value => value.Sequence <= _delivered || value.LostFrom is not null).TakeWhile(value => !value.Value.IsEnd).Take(count)];
        if (lost.Length == 0) return lost;
        var gap = lost[^1] with { LostFrom = lost[0].Sequence };
        if (store.Bug != StoreBug.HidesLosses) _unfinished[_unfinished.IndexOf(lost[0])] = gap;
        _unfinished.RemoveAll(lost.Contains);
        return lost;
    }

    /// <summary>A session gets in line.</summary>
    internal void EnterLocked(InMemoryJoinSession session)
    {
        Line.Add(session);
        if (Line[0] == session || store.Bug == StoreBug.TwoActive) ActivateLocked(session);
    }

    /// <summary>A session is over: the next in line gets what it has not finished.</summary>
    internal void LeaveLocked(InMemoryJoinSession session)
    {
        var wasActive = Line.Count > 0 && Line[0] == session;
        Line.Remove(session);
        if (wasActive && Line.Count > 0 && store.Bug != StoreBug.ForgetsTheNext) ActivateLocked(Line[0]);
    }

    /// <summary>Everything up to a number is finished.</summary>
    internal void FinishLocked(long sequence)
    {
        _told = sequence;
        if (store.Bug == StoreBug.PositionAhead) sequence++;
        if (store.Bug == StoreBug.ForgetsPositions) return;
        Position = Math.Max(Position, Math.Min(sequence, Received ?? 0));
        AdvanceLocked();
    }

    /// <summary>One value is finished ahead of others.</summary>
    internal void FinishAheadLocked(long sequence)
    {
        if (sequence > Position) _ahead.Add(sequence);
        _unfinished.RemoveAll(value => value.Sequence == sequence);
        AdvanceLocked();
    }

    /// <summary>Whether a value is finished.</summary>
    internal bool HasFinished(long sequence) => sequence <= Position || _ahead.Contains(sequence);

    /// <summary>Everything up to a position counts as finished, and nothing behind it.</summary>
    internal void MoveLocked(long position, StoredValue[] behind)
    {
        Position = position;
        _ahead.Clear();
        _unfinished.Clear();
        _unfinished.AddRange(behind);
    }

    /// <summary>Goes on over what is finished already, and over numbers that never come.</summary>
    private void AdvanceLocked()
    {
        JumpLocked();
        while (_ahead.Remove(Position + 1))
        {
            Position++;
            JumpLocked();
        }

        _unfinished.RemoveAll(value => value.Sequence <= Position);
    }

    private void JumpLocked()
    {
        while (_jumps.TryPeek(out var jump) && jump.From <= Position)
        {
            Position = Math.Max(Position, jump.To);
            _jumps.Dequeue();
        }
    }

    private IEnumerable<InMemoryJoinSession> ActiveLocked() => store.Bug == StoreBug.TwoActive ? Line : Line.Take(1);

    private void ActivateLocked(InMemoryJoinSession session)
    {
        session.ActivateLocked();
        if (store.Bug == StoreBug.DeliversOutOfOrder) _unfinished.Reverse();
        foreach (var value in _unfinished) GiveLocked(session, value);
        if (store.Bug == StoreBug.DeliversOutOfOrder) _unfinished.Reverse();
        GiveEndLocked();
    }

    /// <summary>The end stays until the stream is opened again, so that each process of the consumer sees it.</summary>
    private void GiveEndLocked()
    {
        if (_end is null || Line.Count == 0 || Line[0].HasEnd || store.Bug == StoreBug.ForgetsTheEnd) return;
        GiveLocked(Line[0], _end);
    }

    private void GiveLocked(InMemoryJoinSession session, StoredValue value)
    {
        var wasDelivered = value.Sequence <= _delivered && store.Bug != StoreBug.RedeliversUnmarked;
        _delivered = Math.Max(_delivered, value.Sequence);
        session.GiveLocked(value, wasDelivered);
        if (store.Bug == StoreBug.DeliversTwice && value.Sequence % 7 == 0) session.GiveLocked(value, wasDelivered);
    }
}
