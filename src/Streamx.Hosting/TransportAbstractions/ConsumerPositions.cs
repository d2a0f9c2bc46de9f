namespace Streamx.Hosting;

/// <summary>The durable consumers of a stream between processes, and the position of each.</summary>
/// <remarks>An engine reports positions; hosting waits for them. Positions only move forward. Safe from any thread.</remarks>
/// <param name="clock">The clock by which waits are measured.</param>
public sealed class ConsumerPositions(TimeProvider clock)
{
    /// <summary>The position of a consumer that has not reported: every put waits for it.</summary>
    public const long Unknown = long.MinValue;

    /// <summary>Guards everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>The position of each consumer.</summary>
    private readonly Dictionary<string, long> _positions = new(Names.Comparer);

    /// <summary>The waits that are not over.</summary>
    private readonly List<PositionWaiter> _waiters = [];

    /// <summary>The report that last raised the minimum position: from where to where, of which consumer, and when it came.</summary>
    /// <remarks>A put may begin to wait, and the report it waits for may come, before the leader's loop looks at that put.</remarks>
    private (long From, long To, string By, long At)? _lastRaise;

    /// <summary>How many consumers there are.</summary>
    internal int Count
    {
        get
        {
            lock (_lock) return _positions.Count;
        }
    }

    /// <summary>The consumers and their positions.</summary>
    internal IReadOnlyDictionary<string, long> Snapshot()
    {
        lock (_lock) return new Dictionary<string, long>(_positions, Names.Comparer);
    }

    /// <summary>The minimum position; <see cref="Unknown"/> while a consumer has not reported, zero while there are no consumers.</summary>
    internal long Lowest
    {
        get
        {
            lock (_lock) return LowestLocked();
        }
    }

    /// <summary>Whether a consumer is registered.</summary>
    internal bool Has(string name)
    {
        lock (_lock) return _positions.ContainsKey(name);
    }

    /// <summary>Adds a consumer, with an unknown position. Does nothing if it is known.</summary>
    /// <param name="name">The consumer.</param>
    /// <returns>Whether it is new.</returns>
    public bool Add(string name)
    {
        lock (_lock) return _positions.TryAdd(name, Unknown);
    }

    /// <summary>Removes a consumer that has been retired: puts no longer wait for it.</summary>
    /// <param name="name">The consumer.</param>
    /// <returns>Whether it was known.</returns>
    public bool Remove(string name)
    {
        lock (_lock)
        {
            var lowest = LowestLocked();
            if (!_positions.Remove(name)) return false;
            NoteRaiseLocked(lowest, name);
            ReleaseLocked(name);
            return true;
        }
    }

    /// <summary>Reports that a consumer has finished everything up to a number. An older report changes nothing.</summary>
    /// <param name="name">The consumer. One that is not known is ignored.</param>
    /// <param name="position">The number.</param>
    public void Report(string name, long position)
    {
        lock (_lock)
        {
            if (!_positions.TryGetValue(name, out var before) || position <= before) return;
            var lowest = LowestLocked();
            _positions[name] = position;
            NoteRaiseLocked(lowest, name);
            ReleaseLocked(name);
        }
    }

    /// <summary>Whether there are consumers, and all of them have finished up to a number.</summary>
    internal bool HaveReached(long sequence)
    {
        lock (_lock) return HaveReachedLocked(sequence);
    }

    /// <summary>Waits until there are consumers, and all of them have finished up to a number.</summary>
    internal async Task<PositionWait> WaitAsync(long sequence, CancellationToken cancellationToken)
    {
        PositionWaiter waiter;
        lock (_lock)
        {
            if (HaveReachedLocked(sequence))
            {
                return _lastRaise is { } raise && raise.From < sequence && sequence <= raise.To
                    ? new PositionWait(raise.By, AloneTicks: 0, raise.At)
                    : default;
            }

            waiter = new PositionWaiter(sequence);
            _waiters.Add(waiter);
            NoteAloneLocked(waiter);
        }

        try
        {
            return await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_lock) _waiters.Remove(waiter);
            throw;
        }
    }

    /// <summary>Waits until one consumer has finished up to a number, or is no longer registered.</summary>
    internal async Task WaitForAsync(string name, long sequence, CancellationToken cancellationToken)
    {
        PositionWaiter waiter = new(sequence) { Name = name };
        lock (_lock)
        {
            if (IsReachedLocked(waiter)) return;
            _waiters.Add(waiter);
        }

        try
        {
            await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock) _waiters.Remove(waiter);
        }
    }

    /// <summary>The consumers that have not finished up to a number.</summary>
    internal IReadOnlyList<string> Behind(long sequence)
    {
        lock (_lock) return [.. _positions.Where(name => name.Value < sequence).Select(name => name.Key)];
    }

    private long LowestLocked() => _positions.Count == 0 ? 0 : _positions.Values.Min();

    private void NoteRaiseLocked(long before, string by)
    {
        if (LowestLocked() is var lowest && lowest > before) _lastRaise = (before, lowest, by, clock.GetTimestamp());
    }

    private bool HaveReachedLocked(long sequence)
    {
        if (_positions.Count == 0) return false;
        foreach (var position in _positions.Values)
            if (position < sequence) return false;
        return true;
    }

    private bool IsReachedLocked(PositionWaiter waiter) =>
        waiter.Name is { } name
            ? !_positions.TryGetValue(name, out var position) || position >= waiter.Sequence
            : HaveReachedLocked(waiter.Sequence);

    /// <summary>Ends the waits that are over. Their continuations do not run here.</summary>
    private void ReleaseLocked(string because)
    {
        for (var i = _waiters.Count - 1; i >= 0; i--)
        {
            var waiter = _waiters[i];
            if (IsReachedLocked(waiter))
            {
                _waiters.RemoveAt(i);
                waiter.Release(because, clock.GetTimestamp());
            }
            else
            {
                NoteAloneLocked(waiter);
            }
        }
    }

    private void NoteAloneLocked(PositionWaiter waiter)
    {
        if (waiter.Name is not null) return;
        string? missing = null;
        foreach (var (name, position) in _positions)
        {
            if (position >= waiter.Sequence) continue;
            if (missing is not null) return;
            missing = name;
        }

        if (missing is not null) waiter.NoteAlone(missing, clock.GetTimestamp());
    }
}
