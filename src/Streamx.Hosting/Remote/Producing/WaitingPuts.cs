using System.Collections;

namespace Streamx.Hosting.Remote.Producing;

/// <summary>
/// The puts that wait, first come first served. Each is told when it waits, when it is first, and when it no longer waits.
/// </summary>
/// <remarks>Guarded by the lock of the queue it belongs to: a put is told of its transitions in their order.</remarks>
/// <param name="clock">The stream's clock.</param>
internal sealed class WaitingPuts(TimeProvider clock) : IEnumerable<RemotePut>
{
    private readonly LinkedList<RemotePut> _puts = new();

    /// <summary>How many wait.</summary>
    internal int Count => _puts.Count;

    /// <summary>The first one; null if none waits.</summary>
    internal RemotePut? First => _puts.First?.Value;

    /// <summary>Adds one behind the others.</summary>
    internal void Add(RemotePut put)
    {
        put.Queue(isHead: _puts.Count == 0, clock.GetTimestamp());
        _puts.AddLast(put);
    }

    /// <summary>Takes the first, of which there is one.</summary>
    /// <param name="wait">How the wait for consumers went.</param>
    internal RemotePut TakeFirst(PositionWait wait)
    {
        var first = _puts.First!;
        Remove(first, wait);
        return first.Value;
    }

    /// <summary>Removes every put that meets a condition, wherever it is.</summary>
    internal List<RemotePut> TakeAll(Func<RemotePut, bool> condition)
    {
        List<RemotePut> taken = [];
        for (var place = _puts.First; place is not null;)
        {
            var next = place.Next;
            if (condition(place.Value))
            {
                taken.Add(place.Value);
                Remove(place, default);
            }

            place = next;
        }

        return taken;
    }

    /// <inheritdoc/>
    public IEnumerator<RemotePut> GetEnumerator() => _puts.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Remove(LinkedListNode<RemotePut> place, PositionWait wait)
    {
        var now = clock.GetTimestamp();
        var wasFirst = _puts.First == place;
        _puts.Remove(place);
        place.Value.LeaveQueue(wasFirst, now, wait);
        if (wasFirst) _puts.First?.Value.ReachHead(now);
    }
}
