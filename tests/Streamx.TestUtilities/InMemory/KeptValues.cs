namespace Streamx.TestUtilities.InMemory;

/// <summary>The values of a store, in order, for as long as they are kept.</summary>
/// <remarks>Guarded by the lock of the store.</remarks>
/// <param name="clock">The clock of the store.</param>
internal sealed class KeptValues(TimeProvider clock)
{
    private readonly Queue<(StoredValue Value, long At)> _values = new();

    /// <summary>For how long values are kept that every consumer has finished.</summary>
    internal TimeSpan Retention { get; set; }

    /// <summary>The last number that is stored; zero for none. What is no longer kept counts.</summary>
    internal long Head { get; private set; }

    /// <summary>A value has been appended. One that comes again is there already.</summary>
    internal void Add(StoredValue value)
    {
        if (value.Sequence <= Head) return;
        Head = value.Sequence;
        _values.Enqueue((value, clock.GetTimestamp()));
    }

    /// <summary>Lets go of what has been kept for long enough.</summary>
    /// <param name="finished">The number that every consumer has finished.</param>
    internal void Trim(long finished)
    {
        while (_values.TryPeek(out var oldest) && oldest.Value.Sequence <= finished && clock.GetElapsedTime(oldest.At) >= Retention) _values.Dequeue();
    }

    /// <summary>What is kept behind a position.</summary>
    internal StoredValue[] After(long position) => [.. _values.Select(kept => kept.Value).Where(value => value.Sequence > position)];

    /// <summary>The position before the oldest value that is kept.</summary>
    internal long Start => _values.TryPeek(out var oldest) ? oldest.Value.Sequence - 1 : Head;

    /// <summary>Loses everything.</summary>
    internal void Clear()
    {
        _values.Clear();
        Head = 0;
    }
}
