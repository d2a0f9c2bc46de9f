namespace Streamx.Hosting.Sqlite.Sessions;

/// <summary>What a process remembers of a stream beyond its sessions, in case the file forgets it. Safe from any thread.</summary>
internal sealed class StreamMemory
{
    private readonly Lock _lock = new();

    /// <summary>The consumers that it has heard of.</summary>
    private readonly HashSet<string> _consumers = new(Names.Comparer);

    /// <summary>The stream's id, and how many ends had been decided when this process first came to it; null before.</summary>
    private (long Id, long Ends)? _met;

    /// <summary>The highest epoch that it has heard of.</summary>
    private long _epoch;

    /// <summary>The highest number that it has heard of.</summary>
    private long _highest;

    /// <summary>The consumers that it has heard of.</summary>
    internal IReadOnlyCollection<string> Consumers
    {
        get
        {
            lock (_lock) return [.. _consumers];
        }
    }

    /// <summary>The highest epoch that it has heard of: a later one is above it, also in another file.</summary>
    internal long Epoch
    {
        get
        {
            lock (_lock) return _epoch;
        }
    }

    /// <summary>The highest number that it has heard of.</summary>
    internal long Highest
    {
        get
        {
            lock (_lock) return _highest;
        }
    }

    /// <summary>It has heard of consumers.</summary>
    internal void Note(IEnumerable<string> consumers)
    {
        lock (_lock) _consumers.UnionWith(consumers);
    }

    /// <summary>It has heard of an epoch and of a number.</summary>
    internal void Note(long epoch, long highest)
    {
        lock (_lock) (_epoch, _highest) = (Math.Max(_epoch, epoch), Math.Max(_highest, highest));
    }

    /// <summary>Whether it knew another stream under that name: the file has been replaced by one that knows nothing.</summary>
    internal bool KnewAnother(long id)
    {
        lock (_lock) return _met is { } met && met.Id != id;
    }

    /// <summary>It has come to a stream.</summary>
    /// <param name="id">The stream's id.</param>
    /// <param name="ends">How many ends have been decided.</param>
    /// <returns>How many had been when it first came.</returns>
    internal long Meet(long id, long ends)
    {
        lock (_lock)
        {
            if (_met is not { } met || met.Id != id) _met = (id, ends);
            return _met.Value.Ends;
        }
    }
}
