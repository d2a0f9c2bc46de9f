namespace Streamx.Engine;

/// <summary>Calls back once, a delay after it was last set. Any thread may set and dispose of it at any time.</summary>
/// <remarks>
/// A system timer may be changed and disposed of at the same time; a timer of another clock need not allow that. One of
/// <c>FakeTimeProvider</c> is then left without a callback, and advancing that clock throws a
/// <see cref="NullReferenceException"/>. So only one thread at a time calls the timer, and applies what other threads ask for
/// meanwhile. No thread waits, and no lock is held during the call, in which the clock may run other callbacks.
/// </remarks>
internal sealed class OneShotTimer : IDisposable
{
    /// <summary>The timer. Only the thread that has set <see cref="_isChanging"/> calls it.</summary>
    private readonly ITimer _timer;

    /// <summary>Guards the fields below.</summary>
    private readonly Lock _lock = new();

    /// <summary>Whether a thread calls the timer; stays set once that thread disposes of it.</summary>
    private bool _isChanging;

    /// <summary>The delay to set next; null for no change.</summary>
    private TimeSpan? _next;

    /// <summary>Whether it has been disposed of, or is to be.</summary>
    private bool _isDisposed;

    /// <summary>Creates it without a delay, so that its owner can store it before the first callback.</summary>
    internal OneShotTimer(TimeProvider clock, TimerCallback callback, object state) =>
        _timer = clock.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Sets the delay and replaces the one before; does nothing once disposed of.</summary>
    internal void Set(TimeSpan after)
    {
        lock (_lock)
        {
            _next = after;
            if (_isChanging) return;
            _isChanging = true;
        }

        ApplyChanges();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            if (_isChanging) return;
            _isChanging = true;
        }

        ApplyChanges();
    }

    private void ApplyChanges()
    {
        while (true)
        {
            TimeSpan after;
            lock (_lock)
            {
                if (_isDisposed) break;
                _isChanging = _next is not null;
                if (!_isChanging) return;
                after = _next!.Value;
                _next = null;
            }

            _timer.Change(after, Timeout.InfiniteTimeSpan);
        }

        _timer.Dispose();
    }
}
