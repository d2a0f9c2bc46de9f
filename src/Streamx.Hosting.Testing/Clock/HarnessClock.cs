using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Testing;

/// <summary>A fake clock that knows its timers, so that a test can wait for a timer before it advances the time.</summary>
internal sealed class HarnessClock(ChangeSignal changes) : FakeTimeProvider
{
    /// <summary>Guards <see cref="_timers"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>The timers that have not been disposed of.</summary>
    private readonly HashSet<HarnessTimer> _timers = [];

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new HarnessTimer(this, callback, state);
        lock (_lock) _timers.Add(timer);
        timer.Attach(
            base.CreateTimer(static timer => ((HarnessTimer)timer!).OnDue(), timer, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Whether a timer has been set to a time, and has not fired.</summary>
    internal bool IsAwaited(TimeSpan delay)
    {
        lock (_lock) return _timers.Any(timer => timer.Due == delay);
    }

    /// <summary>Notes that a timer has been set.</summary>
    internal void OnSet() => changes.Notify();

    /// <summary>Notes that a timer has been disposed of.</summary>
    internal void OnDisposed(HarnessTimer timer)
    {
        lock (_lock) _timers.Remove(timer);
    }
}
