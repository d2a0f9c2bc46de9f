using Microsoft.Extensions.Time.Testing;

namespace Streamx.Tests.Support;

/// <summary>A clock whose timers fire while they are being set, as they may when the setting thread is held up.</summary>
/// <param name="late">Whether the time is up by then; otherwise the timer fires early, as system timers may by a little.</param>
internal sealed class HurriedClock(bool late) : FakeTimeProvider
{
    /// <summary>Whether the time is up when a timer fires.</summary>
    private bool IsLate => late;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Fire(callback, state, dueTime);
        return new HurriedTimer(this, timer, callback, state);
    }

    private void Fire(TimerCallback callback, object? state, TimeSpan dueTime)
    {
        if (dueTime == Timeout.InfiniteTimeSpan) return;
        if (IsLate) Advance(dueTime);
        else callback(state);
    }

    private sealed class HurriedTimer(HurriedClock clock, ITimer timer, TimerCallback callback, object? state) : ITimer
    {
        /// <summary>1 while the callback runs, and after it came early until the timer is set in reply, which comes in time.</summary>
        private int _hasFired;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var changed = timer.Change(dueTime, period);
            var isReply = Interlocked.Exchange(ref _hasFired, 1) == 1;
            if (!isReply) clock.Fire(callback, state, dueTime);
            if (isReply || clock.IsLate) Interlocked.Exchange(ref _hasFired, 0);
            return changed;
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
