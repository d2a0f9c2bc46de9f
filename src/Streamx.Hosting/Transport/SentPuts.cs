namespace Streamx.Hosting;

/// <summary>What has been appended and is not finished by everybody, in order; gives the numbers.</summary>
/// <remarks>Guarded by the lock of the line it belongs to.</remarks>
internal sealed class SentPuts
{
    private readonly Queue<RemotePut> _puts = new();

    /// <summary>The epoch this process led under last; zero for never.</summary>
    private long _epoch;

    /// <summary>The id that the stream had then; zero for never.</summary>
    private long _streamId;

    /// <summary>The number of the next put.</summary>
    internal long Next { get; private set; } = 1;

    /// <summary>The last one; null if there is none.</summary>
    internal RemotePut? Last => _puts.LastOrDefault();

    /// <summary>Those that are not durable.</summary>
    internal IEnumerable<RemotePut> Unconfirmed => _puts.Where(put => !put.IsConfirmed);

    /// <summary>Gives a put its number, and forgets those that are durable and finished.</summary>
    /// <param name="put">The put.</param>
    /// <param name="finished">The number that everybody has finished.</param>
    internal void Add(RemotePut put, long finished)
    {
        Forget(finished);
        put.Sequence = Next++;
        _puts.Enqueue(put);
    }

    /// <summary>Decides where an epoch begins.</summary>
    /// <param name="session">The session, not begun.</param>
    /// <returns>The number of its first value, what is to be put again under it, and what turns out to be with everybody.</returns>
    internal (long First, List<RemotePut> Again, List<RemotePut> Known) StartEpoch(ILeadSession session)
    {
        List<RemotePut> known = [];
        List<RemotePut> again;
        long first;
        if (session.PreviousEpoch == _epoch && _epoch != 0)
        {
            // Nobody has led in between: the numbers are ours, and consumers know what they have.
            while (_puts.TryPeek(out var put) && put.Sequence <= session.LowestReceived) known.Add(_puts.Dequeue());
            first = _puts.TryPeek(out var oldest) ? oldest.Sequence : Math.Max(Next, session.HighestReceived + 1);
            again = [.. _puts];
        }
        else
        {
            // A broker that lost the stream also lost what it had confirmed. Numbers never go back, so that handlers can rely on them.
            var isLost = _streamId != 0 && session.StreamId != _streamId;
            first = isLost ? Math.Max(Next, session.HighestReceived + 1) : session.HighestReceived + 1;
            if (isLost) foreach (var put in _puts) put.IsConfirmed = false;
            again = [.. Unconfirmed];
            _puts.Clear();
            Next = first;
            foreach (var put in again) Add(put, finished: 0);
        }

        foreach (var put in again) put.IsRepeated = true;
        if (again.Count == 0) Next = first;
        return (first, again, known);
    }

    /// <summary>An epoch has begun: its numbers are this process's.</summary>
    internal void NoteEpoch(ILeadSession session) => (_epoch, _streamId) = (session.Epoch, session.StreamId);

    /// <summary>Forgets those that are durable, and that everybody has finished.</summary>
    /// <param name="finished">The number that everybody has finished.</param>
    internal void Forget(long finished)
    {
        while (_puts.TryPeek(out var oldest) && oldest.IsConfirmed && oldest.Sequence <= finished) _puts.Dequeue();
    }

    /// <summary>Forgets all of them.</summary>
    internal void Clear() => _puts.Clear();
}
