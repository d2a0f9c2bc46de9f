using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Testing;

/// <summary>A fake clock that knows who waits for it, so that time need not pass before anybody does.</summary>
internal sealed class HarnessClock(Pulse pulse) : FakeTimeProvider
{
    /// <summary>Guards <see cref="_timers"/>.</summary>
    private readonly Lock _gate = new();

    /// <summary>The timers that have not been disposed of.</summary>
    private readonly HashSet<HarnessTimer> _timers = [];

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new HarnessTimer(this, callback, state);
        lock (_gate) _timers.Add(timer);
        timer.Attach(base.CreateTimer(static timer => ((HarnessTimer)timer!).OnDue(), timer, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Whether a timer has been set to a time, and has not gone off.</summary>
    internal bool IsAwaited(TimeSpan delay)
    {
        lock (_gate) return _timers.Any(timer => timer.Due == delay);
    }

    /// <summary>A timer has been set.</summary>
    internal void OnSet() => pulse.Beat();

    /// <summary>A timer is gone.</summary>
    internal void OnDisposed(HarnessTimer timer)
    {
        lock (_gate) _timers.Remove(timer);
    }
}
