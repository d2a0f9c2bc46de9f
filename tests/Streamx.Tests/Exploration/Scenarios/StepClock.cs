namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A clock that goes on by one tick at every reading, and whose timers fire only when a scenario says so.</summary>
internal sealed class StepClock : TimeProvider
{
    private readonly List<StepTimer> _timers = [];
    private long _now = 1;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => ++_now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new StepTimer(this, callback, state);
        timer.Change(dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    /// <summary>Lets time pass, and calls the timers that are due on this thread.</summary>
    internal void Pass(TimeSpan time)
    {
        _now += time.Ticks;
        foreach (var timer in _timers.ToArray()) timer.FireIfDue();
    }

    private sealed class StepTimer(StepClock clock, TimerCallback callback, object? state) : ITimer
    {
        private long _due = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _due = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : clock._now + dueTime.Ticks;
            return true;
        }

        public void Dispose() => _due = long.MaxValue;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        internal void FireIfDue()
        {
            if (_due > clock._now) return;
            _due = long.MaxValue;
            callback(state);
        }
    }
}
