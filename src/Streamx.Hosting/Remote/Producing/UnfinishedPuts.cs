using System.Collections;

namespace Streamx.Hosting.Remote.Producing;

/// <summary>The appended puts that not every consumer has finished, in order. Gives them their numbers.</summary>
/// <remarks>
/// <para>Invariant: numbers grow from the first to the last, and from <see cref="_first"/> on they have no gaps. Puts before it are durable
/// and of earlier leader terms: they are kept for callers that wait until they are finished, and for a store that loses the stream.</para>
/// <para>Guarded by the lock of the queue it belongs to.</para>
/// </remarks>
internal sealed class UnfinishedPuts : IEnumerable<RemotePut>
{
    private readonly Queue<RemotePut> _puts = new();

    /// <summary>How many bytes they take together. Kept, since a put asks for it while thousands may be unfinished.</summary>
    private long _bytes;

    /// <summary>The first number that this process has given since it last began behind another leader.</summary>
    private long _first = 1;

    /// <summary>The epoch under which this process last led; zero for never.</summary>
    private long _epoch;

    /// <summary>The id that the stream had then; zero for never.</summary>
    private long _streamId;

    /// <summary>The number of the next put.</summary>
    internal long Next { get; private set; } = 1;

    /// <summary>The puts that are not durable, and may become so.</summary>
    internal IEnumerable<RemotePut> Unconfirmed => _puts.Where(put => !put.IsConfirmed && !put.IsRefused);

    /// <summary>Gives a put its number, and forgets the puts that are durable and finished.</summary>
    /// <param name="put">The put.</param>
    /// <param name="finished">The number that every consumer has finished.</param>
    internal void Add(RemotePut put, long finished)
    {
        Forget(finished);
        put.Sequence = Next++;
        Enqueue(put);
    }

    /// <summary>
    /// The number up to which everything must be finished so that a put leaves no more than a limit of bytes unfinished; the least number
    /// for none.
    /// </summary>
    /// <remarks>A put that is larger than the limit waits until everything is finished, and then goes alone.</remarks>
    /// <param name="next">How many bytes the put has.</param>
    /// <param name="limit">The limit.</param>
    internal long RoomFor(long next, long limit)
    {
        var bytes = next + _bytes;
        var needed = long.MinValue;
        foreach (var put in _puts)
        {
            if (bytes <= limit) break;
            bytes -= put.Body.Length;
            needed = put.Sequence;
        }

        return needed;
    }

    /// <summary>Decides where an epoch begins.</summary>
    /// <param name="session">The session, not begun.</param>
    /// <returns>
    /// The number of its first value, the puts to append again under it, the puts that turn out to be durable, and those that are refused.
    /// </returns>
    internal (long First, List<RemotePut> Again, List<RemotePut> Known, List<RemotePut> Dropped) StartEpoch(ILeadSession session)
    {
        List<RemotePut> known = [];
        List<RemotePut> again = [];
        var isOwn = session.PreviousEpoch == _epoch && _epoch != 0 && !IsLost(session);
        var dropped = DropOfTerm(session, isOwn);
        if (isOwn)
        {
            // No other process has led in between: the numbers are this process's, and consumers know what they have received.
            known = [.. _puts.Where(put => put.Sequence >= _first && put.Sequence <= session.LowestReceived && !put.IsConfirmed)];
            again = [.. _puts.Where(put => put.Sequence >= _first && put.Sequence > session.LowestReceived)];
        }
        else if (session.EndsAt is null)
        {
            again = Renumber(session);
        }

        foreach (var put in again) put.IsRepeated = true;
        if (again.Count > 0) return (again[0].Sequence, again, known, dropped);
        Next = session.EndsAt is { } end ? Math.Max(end, session.HighestReceived) : Math.Max(Next, session.HighestReceived + 1);
        return (Next, again, known, dropped);
    }

    /// <summary>An epoch has begun: its numbers are this process's.</summary>
    internal void NoteEpoch(ILeadSession session)
    {
        // An epoch that only completes the end of a stream which the store began anew gives no number to puts of the lost one.
        if (session.EndsAt is null || !IsLost(session)) (_epoch, _streamId) = (session.Epoch, session.StreamId);
    }

    /// <summary>Forgets the puts that are durable and that every consumer has finished.</summary>
    /// <param name="finished">The number that every consumer has finished.</param>
    internal void Forget(long finished)
    {
        while (_puts.TryPeek(out var oldest) && oldest.IsConfirmed && oldest.Sequence <= finished) _bytes -= _puts.Dequeue().Body.Length;
    }

    /// <summary>Forgets all of them, unless the store has lost them: they are appended again once the stream is opened again.</summary>
    internal void Clear(ILeadSession session)
    {
        if (!IsLost(session)) Clear();
    }

    /// <inheritdoc/>
    public IEnumerator<RemotePut> GetEnumerator() => _puts.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Whether the store has lost the stream that the puts were appended to, with what it had confirmed.</summary>
    private bool IsLost(ILeadSession session) => _streamId != 0 && session.StreamId != _streamId;

    private void Enqueue(RemotePut put)
    {
        _puts.Enqueue(put);
        _bytes += put.Body.Length;
    }

    private void Clear()
    {
        _puts.Clear();
        _bytes = 0;
    }

    /// <summary>
    /// Drops the puts of an earlier term alone that are not in the stream: their producer resumes at the bookmark that is stored, and puts
    /// their values again.
    /// </summary>
    /// <param name="session">The session, not begun.</param>
    /// <param name="isOwn">Whether no other process has led in between, and the store has lost nothing.</param>
    private List<RemotePut> DropOfTerm(ILeadSession session, bool isOwn)
    {
        var head = Math.Max(session.DurableHead, session.HighestReceived);
        List<RemotePut> dropped =
            [.. _puts.Where(put => put.Term is not null && (isOwn ? put.Sequence > head : !put.IsConfirmed || IsLost(session)))];
        if (dropped.Count == 0) return dropped;
        List<RemotePut> kept = [.. _puts.Except(dropped)];
        Clear();
        foreach (var put in kept)
        {
            // No consumer knows the numbers behind the head, which have to follow one another.
            if (isOwn && put.Sequence > head) put.Sequence = ++head;
            Enqueue(put);
        }

        if (isOwn) Next = head + 1;
        return dropped;
    }

    /// <summary>Another process has led in between: puts that are not durable get numbers behind that process's.</summary>
    private List<RemotePut> Renumber(ILeadSession session)
    {
        // Numbers never go back: handlers rely on that.
        var isLost = IsLost(session);
        List<RemotePut> all = [.. _puts.Where(put => !put.IsRefused)];
        _first = Next = isLost ? Math.Max(Next, session.HighestReceived + 1) : session.HighestReceived + 1;
        Clear();
        List<RemotePut> again = [];
        foreach (var put in all)
        {
            if (isLost) put.IsConfirmed = false;
            if (put.IsConfirmed)
            {
                Enqueue(put);
                continue;
            }

            put.Sequence = Next++;
            again.Add(put);
        }

        foreach (var put in again) Enqueue(put);
        return again;
    }
}
