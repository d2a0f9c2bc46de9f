using System.Collections;

namespace Streamx.Hosting;

/// <summary>Puts that wait for their turn, first come first served. Each is told when it waits, when it is first, and when it waits no more.</summary>
/// <remarks>Guarded by the lock of the line it belongs to: what is told, is told in the order of the transitions.</remarks>
/// <param name="clock">The stream's clock.</param>
internal sealed class WaitingPuts(TimeProvider clock) : IEnumerable<RemotePut>
{
    private readonly LinkedList<RemotePut> _puts = new();

    /// <summary>How many wait.</summary>
    internal int Count => _puts.Count;

    /// <summary>The first one; null if none waits.</summary>
    internal RemotePut? First => _puts.First?.Value;

    /// <summary>Adds one behind the others.</summary>
    /// <returns>Its place.</returns>
    internal LinkedListNode<RemotePut> Add(RemotePut put)
    {
        put.Queue(isHead: _puts.Count == 0, clock.GetTimestamp());
        return _puts.AddLast(put);
    }

    /// <summary>Takes the first, of which there is one.</summary>
    /// <param name="wait">How others were waited for.</param>
    internal RemotePut TakeFirst(PositionWait wait)
    {
        var first = _puts.First!;
        Remove(first, wait);
        return first.Value;
    }

    /// <summary>Takes one out, wherever it is.</summary>
    /// <returns>Whether it was still there.</returns>
    internal bool TryRemove(LinkedListNode<RemotePut> place)
    {
        if (place.List is null) return false;
        Remove(place, default);
        return true;
    }

    /// <summary>Takes all of them out.</summary>
    internal List<RemotePut> Clear()
    {
        List<RemotePut> all = [.. _puts];
        while (_puts.First is { } first) Remove(first, default);
        return all;
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
