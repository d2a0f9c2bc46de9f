namespace Streamx.Hosting.Sql.Sessions;

/// <summary>What a process remembers of a stream beyond its sessions, in case the store loses it. Safe from any thread.</summary>
internal sealed class StreamMemory
{
    private readonly Lock _lock = new();

    /// <summary>The durable consumers that it knows.</summary>
    private readonly HashSet<string> _consumers = new(Names.Comparer);

    /// <summary>The stream's id; null before this process has come to the stream.</summary>
    private long? _id;

    /// <summary>How many ends had been decided when this process first came to the stream with that id.</summary>
    private long _ends;

    /// <summary>The highest epoch, and the highest number, that it has seen of the stream with that id.</summary>
    private (long Epoch, long Head) _seen;

    /// <summary>The same, of the streams with that name in all stores that there were.</summary>
    private (long Epoch, long Head) _highest;

    /// <summary>Whether the store has been deleted or replaced since: what comes in its place may be a copy.</summary>
    private bool _isDoubtful;

    /// <summary>The durable consumers that it knows.</summary>
    internal IReadOnlyCollection<string> Consumers
    {
        get
        {
            lock (_lock) return [.. _consumers];
        }
    }

    /// <summary>The highest epoch that it has seen: a later one is above it, also in another store.</summary>
    internal long Epoch
    {
        get
        {
            lock (_lock) return _highest.Epoch;
        }
    }

    /// <summary>The highest number that it has seen.</summary>
    internal long Highest
    {
        get
        {
            lock (_lock) return _highest.Head;
        }
    }

    /// <summary>How many ends had been decided when this process first came to the stream.</summary>
    internal long EndsBefore
    {
        get
        {
            lock (_lock) return _ends;
        }
    }

    /// <summary>It has heard of consumers.</summary>
    internal void Note(IEnumerable<string> consumers)
    {
        lock (_lock) _consumers.UnionWith(consumers);
    }

    /// <summary>These consumers are registered, and no others.</summary>
    internal void SetConsumers(IEnumerable<string> consumers)
    {
        lock (_lock)
        {
            _consumers.Clear();
            _consumers.UnionWith(consumers);
        }
    }

    /// <summary>Consumers are not registered any more.</summary>
    internal void Forget(IEnumerable<string> consumers)
    {
        lock (_lock) _consumers.ExceptWith(consumers);
    }

    /// <summary>It has seen an epoch and a number, committed.</summary>
    /// <param name="id">The stream's id.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="head">The number.</param>
    internal void Note(long id, long epoch, long head)
    {
        lock (_lock)
        {
            _highest = (Math.Max(_highest.Epoch, epoch), Math.Max(_highest.Head, head));
            if (id == _id) _seen = (Math.Max(_seen.Epoch, epoch), Math.Max(_seen.Head, head));
        }
    }

    /// <summary>The store has been deleted or replaced.</summary>
    internal void Doubt()
    {
        lock (_lock) _isDoubtful = true;
    }

    /// <summary>Whether the stream had that id when this process last came to it.</summary>
    internal bool Knows(long id)
    {
        lock (_lock) return id == _id;
    }

    /// <summary>Whether the store has lost what this process knew of the stream: it is another stream, or an older copy of it.</summary>
    internal bool IsLost(StreamRow row)
    {
        lock (_lock) return _id is { } id && (row.Id != id || _isDoubtful || row.Epoch < _seen.Epoch || row.Head < _seen.Head);
    }

    /// <summary>This process has come to a stream.</summary>
    /// <returns>The id that the stream had before, in a store that has lost it; null if nothing is lost.</returns>
    internal long? Meet(StreamRow row)
    {
        lock (_lock)
        {
            var before = _id;
            if (row.Id != before) (_id, _ends, _seen, _isDoubtful) = (row.Id, row.Ends, default, false);
            Note(row.Id, row.Epoch, row.Head);
            return row.Id == before ? null : before;
        }
    }
}
