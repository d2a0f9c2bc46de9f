namespace Streamx.Hosting.RabbitMQ;

/// <summary>What this process remembers of a stream, for a broker that has lost it. Safe from any thread.</summary>
/// <remarks>
/// The broker always has precedence: the memory only fills in what is missing there, and every number counts among those of its stream's
/// id alone.
/// </remarks>
/// <param name="onForgotten">Called when the broker turns out to have forgotten the stream.</param>
internal sealed class StreamMemory(Action? onForgotten = null)
{
    /// <summary>
    /// How far the epochs of a new id of the stream are from those that are known of another: a process that only stood by may have missed
    /// the latest ones.
    /// </summary>
    internal const long EpochMargin = 1000;

    /// <summary>How far the numbers of a new id of the stream are from those that are known of another, for the same reason.</summary>
    internal const long NumberMargin = 1_000_000;

    /// <summary>Guards <see cref="_checkpoints"/>, and the writing of <see cref="_streamId"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>The registered consumers that are known, each with its last checkpoint; null if none is known.</summary>
    private readonly Dictionary<string, Checkpoint?> _checkpoints = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Since when checkpoint queues have been empty, as readings of the clock.</summary>
    private readonly Dictionary<string, long> _emptySince = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The stream's id; zero before it is known.</summary>
    private long _streamId;

    /// <summary>
    /// How many ends had been decided when this process first came to the stream, and the stream's id if it had one; null before.
    /// </summary>
    private (long StreamId, int Ends)? _arrival;

    /// <inheritdoc cref="Highest"/>
    private long _highest;

    /// <inheritdoc cref="Epoch"/>
    private long _epoch;

    /// <summary>The highest number this process has appended or received; zero for none.</summary>
    internal long Highest => Interlocked.Read(ref _highest);

    /// <summary>The highest epoch this process has seen; zero for none.</summary>
    internal long Epoch => Interlocked.Read(ref _epoch);

    /// <summary>The lowest epoch in which this process may lead: newer than all it knows.</summary>
    /// <param name="isNewStream">Whether the stream gets a new id with that epoch.</param>
    internal long NextEpoch(bool isNewStream) => Epoch + 1 + (isNewStream && Volatile.Read(ref _streamId) != 0 ? EpochMargin : 0);

    /// <summary>The stream's id and the highest epoch this process has seen; zero for none.</summary>
    internal (long StreamId, long Epoch) Newest
    {
        get
        {
            lock (_lock) return (_streamId, Epoch);
        }
    }

    /// <summary>The registered consumers, as far as they are known.</summary>
    internal IReadOnlyCollection<string> Names
    {
        get
        {
            lock (_lock) return [.. _checkpoints.Keys];
        }
    }

    /// <summary>The last checkpoint of a consumer; null if none is known.</summary>
    internal Checkpoint? Find(string name)
    {
        lock (_lock) return _checkpoints.GetValueOrDefault(name);
    }

    /// <summary>The stream has an id. If it had another one in an earlier epoch, the broker has forgotten the stream since.</summary>
    internal void NoteStream(long id, long epoch)
    {
        if (id == Volatile.Read(ref _streamId)) return;
        bool isForgotten;
        lock (_lock)
        {
            // Messages of the stream before may still come out of a queue, and a leader that is behind does not count: it is going to be
            // told. A leader of another id under an epoch that this process has seen is behind, too.
            isForgotten = _streamId != 0;
            if (id == 0 || id == _streamId || (isForgotten ? epoch <= Epoch : epoch < Epoch)) return;
            Volatile.Write(ref _streamId, id);
            // A message of the stream before, under its last epoch, must not take the id back.
            Raise(ref _epoch, epoch);
        }

        if (isForgotten) onForgotten?.Invoke();
    }

    /// <summary>
    /// Whether a leader that calls the stream another one is not ahead of all epochs that this process has seen: its epochs would not grow
    /// for processes that have seen those.
    /// </summary>
    internal bool IsAheadOf(long id, long epoch) => Volatile.Read(ref _streamId) is not 0 and var known && known != id && epoch <= Epoch;

    /// <summary>Whether this process has come to the stream.</summary>
    internal bool HasArrived
    {
        get
        {
            lock (_lock) return _arrival is not null;
        }
    }

    /// <summary>This process comes to the stream.</summary>
    /// <param name="ends">How many ends have been decided.</param>
    internal void NoteArrival(int ends)
    {
        lock (_lock) _arrival ??= (0, ends);
    }

    /// <summary>
    /// How many ends had been decided when this process first came to the stream, which is another stream once the broker has forgotten it.
    /// </summary>
    /// <param name="streamId">The stream's id.</param>
    /// <param name="ends">How many have been decided now.</param>
    internal int EndsBefore(long streamId, int ends)
    {
        lock (_lock)
        {
            if (_arrival is { } arrival && (arrival.StreamId == 0 || arrival.StreamId == streamId)) ends = arrival.Ends;
            _arrival = (streamId, ends);
            return ends;
        }
    }

    /// <summary>For how long the checkpoint queue of a consumer has been empty.</summary>
    internal TimeSpan EmptyFor(string name, bool isEmpty, TimeProvider clock)
    {
        lock (_lock)
        {
            if (!isEmpty) _emptySince.Remove(name);
            else if (_emptySince.TryGetValue(name, out var since)) return clock.GetElapsedTime(since);
            else _emptySince[name] = clock.GetTimestamp();
            return TimeSpan.Zero;
        }
    }

    /// <summary>A number was appended or received.</summary>
    internal void NoteNumber(long epoch, long sequence)
    {
        Raise(ref _epoch, epoch);
        Raise(ref _highest, sequence);
    }

    /// <summary>A consumer is registered.</summary>
    internal void NoteName(string name)
    {
        lock (_lock) _checkpoints.TryAdd(name, null);
    }

    /// <summary>A consumer has written a checkpoint, or is about to. A checkpoint without a position is ignored.</summary>
    internal void NoteCheckpoint(Checkpoint checkpoint)
    {
        if (checkpoint.Position == Checkpoint.None) return;
        Raise(ref _highest, checkpoint.Position);
        lock (_lock)
        {
            if (_checkpoints.GetValueOrDefault(checkpoint.Name) is { } known
                && (known.Epoch > checkpoint.Epoch || (known.StreamId == checkpoint.StreamId && known.Position > checkpoint.Position)))
            {
                return;
            }
            _checkpoints[checkpoint.Name] = checkpoint;
        }
    }

    /// <summary>A consumer has been retired.</summary>
    internal void Forget(string name)
    {
        lock (_lock) _checkpoints.Remove(name);
    }

    private static void Raise(ref long value, long to)
    {
        for (var now = Interlocked.Read(ref value); to > now; now = Interlocked.Read(ref value))
            if (Interlocked.CompareExchange(ref value, to, now) == now) return;
    }
}
