namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// Values that came although some before them are missing. Used by the deliveries of one session alone, which come one after another.
/// </summary>
internal sealed class KeptDeliveries
{
    private readonly SortedDictionary<long, TransportDelivery> _kept = [];

    /// <summary>Keeps a value.</summary>
    internal void Keep(TransportDelivery delivery) => _kept[delivery.Sequence] = delivery;

    /// <summary>A value has come in its place.</summary>
    internal void Remove(long sequence) => _kept.Remove(sequence);

    /// <summary>Another stream begins.</summary>
    internal void Clear() => _kept.Clear();

    /// <summary>Removes what has come of numbers that are not put again, with a delivery for each lost range between.</summary>
    /// <param name="first">The first number.</param>
    /// <param name="last">The last number.</param>
    /// <param name="begin">The message that says so.</param>
    internal IReadOnlyList<TransportDelivery> Release(long first, long last, StreamMessage begin)
    {
        List<TransportDelivery> released = [];
        var next = first;
        foreach (var (number, delivery) in _kept.TakeWhile(kept => kept.Key <= last).ToArray())
        {
            _kept.Remove(number);
            if (number < next) continue;
            AddLost(number - 1);
            released.Add(delivery);
            next = number + 1;
        }

        AddLost(last);
        return released;

        void AddLost(long final)
        {
            if (next <= final)
                released.Add(new TransportDelivery(begin.Epoch, final, default) { StreamId = begin.StreamId, LostFrom = next });
        }
    }
}
