namespace Streamx.Hosting.Transport;

/// <summary>The registered names of a stream between processes, how far each is, and who waits for them.</summary>
/// <remarks>The transport tells it what it hears; hosting waits. Positions only move forward. Safe from any thread.</remarks>
/// <param name="clock">Measures the waits.</param>
internal sealed class NamePositions(TimeProvider clock)
{
    /// <summary>A name that has not said where it is: everything waits for it.</summary>
    internal const long Unknown = long.MinValue;

    /// <summary>Guards everything below.</summary>
    private readonly Lock _gate = new();

    /// <summary>How far each name is.</summary>
    private readonly Dictionary<string, long> _positions = new(Names.Comparer);

    /// <summary>Who waits.</summary>
    private readonly List<PositionWaiter> _waiters = [];

    /// <summary>The report that raised the minimum position last: from where to where, whose it was, and when it came.</summary>
    /// <remarks>A put may begin to wait, and the report it waits for may come, before the leader's loop looks at that put.</remarks>
    private (long From, long To, string By, long At)? _lastRaise;

    /// <summary>How many names there are.</summary>
    internal int Count
    {
        get
        {
            lock (_gate) return _positions.Count;
        }
    }

    /// <summary>The names and how far they are.</summary>
    internal IReadOnlyDictionary<string, long> Snapshot()
    {
        lock (_gate) return new Dictionary<string, long>(_positions, Names.Comparer);
    }

    /// <summary>The number everyone has finished; <see cref="Unknown"/> while somebody has not said, zero while there is nobody.</summary>
    internal long Lowest
    {
        get
        {
            lock (_gate) return LowestLocked();
        }
    }

    /// <summary>Whether a name is registered.</summary>
    internal bool Has(string name)
    {
        lock (_gate) return _positions.ContainsKey(name);
    }

    /// <summary>A name has been registered. Nothing happens if it is known.</summary>
    /// <returns>Whether it is new.</returns>
    internal bool Add(string name)
    {
        lock (_gate) return _positions.TryAdd(name, Unknown);
    }

    /// <summary>A name has been retired: nobody waits for it any more.</summary>
    internal bool Remove(string name)
    {
        lock (_gate)
        {
            var lowest = LowestLocked();
            if (!_positions.Remove(name)) return false;
            NoteRaiseLocked(lowest, name);
            ReleaseLocked(name);
            return true;
        }
    }

    /// <summary>A name has finished everything up to a number. An older report changes nothing.</summary>
    internal void Report(string name, long position)
    {
        lock (_gate)
        {
            if (!_positions.TryGetValue(name, out var before) || position <= before) return;
            var lowest = LowestLocked();
            _positions[name] = position;
            NoteRaiseLocked(lowest, name);
            ReleaseLocked(name);
        }
    }

    /// <summary>Whether there are names, and all of them have finished up to a number.</summary>
    internal bool HaveReached(long sequence)
    {
        lock (_gate) return HaveReachedLocked(sequence);
    }

    /// <summary>Waits until there are names, and all of them have finished up to a number.</summary>
    internal async Task<PositionWait> WaitAsync(long sequence, CancellationToken cancellationToken)
    {
        PositionWaiter waiter;
        lock (_gate)
        {
            if (HaveReachedLocked(sequence))
                return _lastRaise is { } raise && raise.From < sequence && sequence <= raise.To ? new PositionWait(raise.By, AloneTicks: 0, raise.At) : default;
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
            lock (_gate) _waiters.Remove(waiter);
            throw;
        }
    }

    /// <summary>Waits until one name has finished up to a number, or is none any more.</summary>
    internal async Task WaitForAsync(string name, long sequence, CancellationToken cancellationToken)
    {
        PositionWaiter waiter = new(sequence) { Name = name };
        lock (_gate)
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
            lock (_gate) _waiters.Remove(waiter);
        }
    }

    /// <summary>The names that have not finished up to a number.</summary>
    internal IReadOnlyList<string> Behind(long sequence)
    {
        lock (_gate) return [.. _positions.Where(name => name.Value < sequence).Select(name => name.Key)];
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
        waiter.Name is { } name ? !_positions.TryGetValue(name, out var position) || position >= waiter.Sequence : HaveReachedLocked(waiter.Sequence);

    /// <summary>Ends the waits that are over. Their continuations run elsewhere.</summary>
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
