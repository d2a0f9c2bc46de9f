namespace Streamx.Engine;

/// <summary>Calls back once, some time after it was last set. Any thread may set and dispose of it at any time.</summary>
/// <remarks>
/// The system's timers bear being changed and disposed of in the same moment, but those of another clock need not: one of
/// <c>FakeTimeProvider</c> is then left without a callback, and whoever advances that clock meets a
/// <see cref="NullReferenceException"/>. So who comes while another is at the timer leaves it to that one to do his part, too.
/// Nobody waits, and no lock is held while the clock is called, which may run others' callbacks there.
/// </remarks>
internal sealed class Alarm : IDisposable
{
    /// <summary>The timer. Only who has set <see cref="_isAtTimer"/> calls it.</summary>
    private readonly ITimer _timer;

    /// <summary>Guards the fields below.</summary>
    private readonly Lock _gate = new();

    /// <summary>Whether somebody is at the timer; for good once it is being disposed of.</summary>
    private bool _isAtTimer;

    /// <summary>What it is still to be set to; null for nothing.</summary>
    private TimeSpan? _next;

    /// <summary>Whether it is to be disposed of.</summary>
    private bool _isOver;

    /// <summary>Creates it asleep, so that the callback finds it wherever its owner keeps it.</summary>
    internal Alarm(TimeProvider clock, TimerCallback callback, object state) =>
        _timer = clock.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Sets it, instead of what it had been set to; does nothing once it has been disposed of.</summary>
    internal void Set(TimeSpan after)
    {
        lock (_gate)
        {
            _next = after;
            if (_isAtTimer) return;
            _isAtTimer = true;
        }

        AttendTimer();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            if (_isAtTimer) return;
            _isAtTimer = true;
        }

        AttendTimer();
    }

    private void AttendTimer()
    {
        while (true)
        {
            TimeSpan after;
            lock (_gate)
            {
                if (_isOver) break;
                _isAtTimer = _next is not null;
                if (!_isAtTimer) return;
                after = _next!.Value;
                _next = null;
            }

            _timer.Change(after, Timeout.InfiniteTimeSpan);
        }

        _timer.Dispose();
    }
}
