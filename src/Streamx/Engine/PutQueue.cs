namespace Streamx.Engine;

/// <summary>The waiting puts, first come first served, with a pool of used waiters. Guarded by the core's lock.</summary>
internal sealed class PutQueue<T>
{
    /// <summary>How many used waiters are kept for reuse. More producers waiting at once allocate.</summary>
    private const int MaxPooled = 64;

    /// <summary>Used waiters, linked through <see cref="PutWaiter{T}.Next"/>.</summary>
    private PutWaiter<T>? _pool;

    /// <summary>One more used waiter, stored and taken without the lock: a single producer needs no other.</summary>
    private PutWaiter<T>? _spare;

    /// <summary>How many waiters <see cref="_pool"/> holds.</summary>
    private int _pooled;

    /// <summary>The put that has waited longest.</summary>
    internal PutWaiter<T>? Head { get; private set; }

    /// <summary>The put that was queued last.</summary>
    private PutWaiter<T>? Tail { get; set; }

    /// <summary>How many values wait.</summary>
    internal int ValueCount { get; private set; }

    /// <summary>Queues the put of a value and gives its waiter.</summary>
    internal PutWaiter<T> Enqueue(StreamCore<T> core, T value, long now, CancellationToken cancellationToken)
    {
        var waiter = Rent(core);
        waiter.Value = value;
        Enqueue(waiter, now, cancellationToken);
        return waiter;
    }

    /// <summary>Queues the put of many values and gives its waiter.</summary>
    /// <param name="core">The stream's core.</param>
    /// <param name="values">The values.</param>
    /// <param name="accepted">How many of them have committed already; not all.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Withdraws the put.</param>
    internal PutWaiter<T> Enqueue(StreamCore<T> core, ArraySegment<T> values, int accepted, long now, CancellationToken cancellationToken)
    {
        var waiter = Rent(core);
        waiter.Values = values;
        waiter.Count = values.Count;
        waiter.Accepted = accepted;
        Enqueue(waiter, now, cancellationToken);
        return waiter;
    }

    /// <summary>
    /// Takes the next values of the put of many at the head, which has more than that, and goes on waiting with the rest.
    /// </summary>
    internal ReadOnlySpan<T> TakeFromHead(int count)
    {
        var values = Head!.Rest[..count];
        Head.Accepted += count;
        ValueCount -= count;
        return values;
    }

    private void Enqueue(PutWaiter<T> waiter, long now, CancellationToken cancellationToken)
    {
        waiter.WaitingSince = now;
        waiter.Wait = default;
        waiter.CancellationToken = cancellationToken;
        waiter.Outcome = PutOutcome.Waiting;
        waiter.Previous = Tail;
        if (Tail is null) Head = waiter;
        else Tail.Next = waiter;
        Tail = waiter;
        ValueCount += waiter.Remaining;
    }

    /// <summary>Takes a put out of the queue with its outcome, gives its value, if it is of one, and keeps no reference to it.</summary>
    internal T Remove(PutWaiter<T> waiter, PutOutcome outcome)
    {
        if (waiter.Previous is null) Head = waiter.Next;
        else waiter.Previous.Next = waiter.Next;
        if (waiter.Next is null) Tail = waiter.Previous;
        else waiter.Next.Previous = waiter.Previous;
        waiter.Previous = waiter.Next = null;
        ValueCount -= waiter.Remaining;

        var value = waiter.Value;
        waiter.Value = default!;
        waiter.Values = default;
        waiter.Outcome = outcome;
        return value;
    }

    /// <summary>Keeps a waiter whose result has been taken for the next put that waits, if there is room. Needs no lock.</summary>
    internal bool TryKeep(PutWaiter<T> waiter) => Interlocked.CompareExchange(ref _spare, waiter, null) is null;

    /// <summary>Keeps a waiter whose result has been taken for the next put that waits.</summary>
    internal void Return(PutWaiter<T> waiter)
    {
        if (_pooled == MaxPooled) return;
        waiter.Next = _pool;
        _pool = waiter;
        _pooled++;
    }

    private PutWaiter<T> Rent(StreamCore<T> core)
    {
        if (_spare is not null && Interlocked.Exchange(ref _spare, null) is { } spare) return spare;
        if (_pool is not { } waiter) return new PutWaiter<T>(core);
        _pool = waiter.Next;
        waiter.Next = null;
        _pooled--;
        return waiter;
    }
}
