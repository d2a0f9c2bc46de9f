namespace Streamx.TestUtilities.Clocks;

/// <summary>A timer of a <see cref="SimulatedClock"/>.</summary>
internal sealed class SimulatedTimer(SimulatedClock clock, TimerCallback callback, object? state) : ITimer
{
    private readonly ExecutionContext? _context = ExecutionContext.Capture();

    /// <summary>How often it goes off after the first time; infinite for not again. Guarded by the lock of the clock.</summary>
    private TimeSpan _period = Timeout.InfiniteTimeSpan;

    /// <summary>Tells the present setting from earlier ones; zero while it is not set. Guarded by the lock of the clock.</summary>
    internal long Setting { get; private set; }

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        clock.Locked(() =>
        {
            _period = period;
            Setting = dueTime == Timeout.InfiniteTimeSpan ? 0 : clock.SetLocked(this, dueTime);
        });
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    /// <summary>Its time has come. Guarded by the lock of the clock.</summary>
    internal void OnDueLocked() => Setting = _period > TimeSpan.Zero ? clock.SetLocked(this, _period) : 0;

    /// <summary>Calls back, in the context in which it was created.</summary>
    internal void GoOff()
    {
        if (_context is null) callback(state);
        else ExecutionContext.Run(_context, static timer => ((SimulatedTimer)timer!).Call(), this);
    }

    private void Call() => callback(state);
}
