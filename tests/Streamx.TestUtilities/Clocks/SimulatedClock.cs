namespace Streamx.TestUtilities.Clocks;

/// <summary>A clock that moves only as it is told to, from one timer to the next.</summary>
/// <remarks>
/// Timers that are due at the same time go off in the order in which they were set. Safe from any thread; one at a time moves it.
/// </remarks>
internal sealed class SimulatedClock : TimeProvider
{
    private static readonly DateTimeOffset s_origin = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Guards everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>The timers that are set, by when they are due.</summary>
    private readonly PriorityQueue<(SimulatedTimer Timer, long Setting), (long Due, long Order)> _due = new();

    /// <summary>How often a timer has been set.</summary>
    private long _settings;

    private long _now;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How long the clock has been running.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(GetTimestamp());

    /// <inheritdoc/>
    public override long GetTimestamp() => Interlocked.Read(ref _now);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => s_origin.AddTicks(GetTimestamp());

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves to the next timer and has it go off, on the calling thread.</summary>
    /// <param name="limit">How far it may move at most; null for no limit.</param>
    /// <returns>Whether there was a timer that early.</returns>
    public bool AdvanceToNext(TimeSpan? limit = null)
    {
        SimulatedTimer timer;
        lock (_lock)
        {
            SkipUnsetLocked();
            if (!_due.TryPeek(out var next, out var when)) return false;
            if (limit is { } most && when.Due > _now + most.Ticks) return false;
            _due.Dequeue();
            timer = next.Timer;
            Interlocked.Exchange(ref _now, Math.Max(_now, when.Due));
            timer.OnDueLocked();
        }

        timer.GoOff();
        return true;
    }

    /// <summary>Moves by some time; every timer due until then goes off, at its own time.</summary>
    public void Advance(TimeSpan time)
    {
        var end = GetTimestamp() + time.Ticks;
        while (AdvanceToNext(TimeSpan.FromTicks(end - GetTimestamp())))
        {
            // The next one, until none is left that early.
        }

        Interlocked.Exchange(ref _now, end);
    }

    /// <summary>Runs something under the lock of the clock.</summary>
    internal void Locked(Action action)
    {
        lock (_lock) action();
    }

    /// <summary>Sets a timer. Guarded by the lock of the clock.</summary>
    /// <returns>What tells this setting of the timer from others.</returns>
    internal long SetLocked(SimulatedTimer timer, TimeSpan dueTime)
    {
        var setting = ++_settings;
        _due.Enqueue((timer, setting), (_now + dueTime.Ticks, setting));
        return setting;
    }

    private void SkipUnsetLocked()
    {
        while (_due.TryPeek(out var next, out _) && next.Timer.Setting != next.Setting) _due.Dequeue();
    }
}
