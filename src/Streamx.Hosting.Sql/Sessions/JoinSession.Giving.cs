namespace Streamx.Hosting.Sql.Sessions;

/// <content>Giving the consumer what it is to have, each number once and in order. For the store's thread.</content>
internal sealed partial class JoinSession
{
    private const int ChunkRows = 256;

    /// <summary>
    /// The position, if the session still has the consumer and the store the numbers that are asked for. If not, the session is about to
    /// hear that it is over, and rows that are missing are no loss.
    /// </summary>
    private const string Position = """
        select c.position from streamx_consumers c join streamx_streams s on s.id = c.stream
        where c.id = ? and c.active = ? and s.head >= ?
        """;

    /// <summary>Whether there is something in the store that it has not been given, and it has room.</summary>
    internal bool IsHungry => IsHolder && !IsOver && (_last < State!.Head || State.EndSequence > _endGiven) && _buffer.HasRoom;

    /// <summary>Gives it what was just appended, if that is the next: otherwise it is read later.</summary>
    internal void Offer(StoredValue value)
    {
        if (IsHolder && !IsOver && value.First == _last + 1 && _buffer.HasRoom) Give(value);
    }

    /// <summary>Gives it what is in the store, as far as it has room.</summary>
    internal void ReadOn(Database database)
    {
        var head = State!.Head;
        using (var rows = database.Query(StoredValue.Select, State.Id, _last))
        {
            for (var i = 0; i < ChunkRows && _buffer.HasRoom; i++)
            {
                if (!rows.Read())
                {
                    TryPassOver(database, head);
                    break;
                }

                var value = StoredValue.Read(rows);
                if (!TryPassOver(database, value.First - 1)) break;
                Give(value);
            }
        }

        // The end stays until the stream is opened again, so that each process of the consumer sees it.
        if (_last < State.Head || State.EndSequence is not { } end || _endGiven >= end || !_buffer.HasRoom) return;
        using var again = database.Query(StoredValue.Select, State.Id, end - 1);
        if (again.Read() && StoredValue.Read(again) is { Kind: StoredKind.End } value2) GiveEnd(value2);
        else _endGiven = end;
    }

    private void Give(StoredValue value)
    {
        if (value.Kind == StoredKind.Gap)
        {
            AddGap(value.Sequence);
        }
        else if (value.Kind == StoredKind.End)
        {
            GiveEnd(value);
        }
        else if (IsMarked(value.Sequence))
        {
            AddGap(value.Sequence);
        }
        else
        {
            _buffer.Write(Deliver(value) with
            {
                IsBeyondEnd = value.Ends > _endsBefore,
                IsRedelivered = value.IsRepeated || value.Sequence <= _givenBefore,
            });
        }

        _last = Math.Max(_last, value.Sequence);
        Transport.Memory.Note(State!.Id, value.Epoch, value.Sequence);
    }

    /// <summary>Whether a transaction has finished a value, before this session took over.</summary>
    private bool IsMarked(long sequence)
    {
        while (_marks.TryPeek(out var mark))
        {
            if (mark.Last >= sequence) return mark.First <= sequence;
            _marks.Dequeue();
        }

        return false;
    }

    private void GiveEnd(StoredValue end)
    {
        _endGiven = end.Sequence;
        _buffer.Write(Deliver(end) with { IsEnd = true, IsPastEnd = end.Ends <= _endsBefore });
    }

    private TransportDelivery Deliver(StoredValue value) => new(value.Epoch, value.Sequence, value.Body)
    {
        StreamId = State!.Id,
        ContentType = value.ContentType,
        TraceParent = value.TraceParent,
    };

    /// <summary>Passes over numbers that are not in the store: the consumer has finished them, or the store has lost them.</summary>
    /// <param name="database">The connection.</param>
    /// <param name="to">The last of them.</param>
    /// <returns>False if the session is over, or about to be.</returns>
    private bool TryPassOver(Database database, long to)
    {
        if (to <= _last) return true;
        if (database.Number(Position, _consumer, Id, to) is not { } position)
        {
            State!.IsStale = true;
            return false;
        }

        if (position >= to) AddGap(to);
        else _buffer.Write(new TransportDelivery(0, to, default) { StreamId = State!.Id, LostFrom = _last + 1 });
        _last = to;
        return true;
    }

    private void AddGap(long to)
    {
        _gaps.Enqueue((_last, to));
        _last = to;
        Store.MarkDirty(this);
    }
}
