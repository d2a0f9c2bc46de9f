using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Support;

/// <summary>A clock that notes when a timer is disposed of while it is being changed, and lets a test try it.</summary>
internal sealed class OverlapClock : FakeTimeProvider
{
    private int _overlaps;

    /// <summary>Happens in the middle of the next change of any timer that is set to go off, as another thread could have it.</summary>
    public Action? DuringChange { get; set; }

    /// <summary>How often a timer was disposed of while it was being changed.</summary>
    public int Overlaps => _overlaps;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(this, base.CreateTimer(callback, state, dueTime, period));

    private sealed class Timer(OverlapClock clock, ITimer timer) : ITimer
    {
        private int _changes;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref _changes);
            var during = clock.DuringChange;
            clock.DuringChange = null;
            during?.Invoke();
            var changed = timer.Change(dueTime, period);
            Interlocked.Decrement(ref _changes);
            return changed;
        }

        public void Dispose()
        {
            if (Volatile.Read(ref _changes) > 0) Interlocked.Increment(ref clock._overlaps);
            timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
