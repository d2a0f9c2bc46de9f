namespace Streamx.Hosting.TransportAbstractions;

/// <summary>Notices that a value has been held for too long. Safe from any thread.</summary>
/// <remarks>One timer for all that are held: when it fires it is set again for the oldest one.</remarks>
internal sealed class HoldTimeLimit : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly TimeProvider _clock;
    private readonly Func<TimeSpan, Exception> _why;
    private readonly TaskCompletionSource<Exception> _overdue = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;

    /// <summary>Guards everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>What is held, in the order of the keys, each with the time since when.</summary>
    private readonly Queue<(ulong Key, long Since)> _held = new();

    /// <summary>Whether the timer is set.</summary>
    private bool _isSet;

    /// <summary>Whether the timer must not be set any more.</summary>
    private bool _isDisposed;

    /// <summary>Prepares it.</summary>
    /// <param name="limit">How long something may be held.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="why">Makes the reason from the time that it has been held.</param>
    internal HoldTimeLimit(TimeSpan limit, TimeProvider clock, Func<TimeSpan, Exception> why)
    {
        _limit = limit;
        _clock = clock;
        _why = why;
        _timer = clock.CreateTimer(
            static watch => ((HoldTimeLimit)watch!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends when something has been held for the limit. It does not fault.</summary>
    internal Task<Exception> WhenOverdue => _overdue.Task;

    /// <summary>Begins to hold a key.</summary>
    /// <param name="key">Higher than those before.</param>
    internal void Add(ulong key)
    {
        lock (_lock)
        {
            _held.Enqueue((key, _clock.GetTimestamp()));
            if (_isSet || _isDisposed) return;
            _isSet = true;
        }

        // Outside the lock: a clock may run other code's callbacks here.
        _timer.Change(_limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Releases every key up to this one.</summary>
    internal void Remove(ulong upTo)
    {
        lock (_lock)
        {
            while (_held.TryPeek(out var oldest) && oldest.Key <= upTo) _held.Dequeue();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock) _isDisposed = true;
        _timer.Dispose();
    }

    private void Look()
    {
        TimeSpan rest;
        lock (_lock)
        {
            _isSet = false;
            if (_isDisposed || !_held.TryPeek(out var oldest)) return;
            var age = _clock.GetElapsedTime(oldest.Since);
            if (age >= _limit)
            {
                _overdue.TrySetResult(_why(age));
                return;
            }

            _isSet = true;
            // Timers count whole milliseconds: a timer that fires early would have to be set again.
            rest = TimeSpan.FromMilliseconds(Math.Ceiling((_limit - age).TotalMilliseconds));
        }

        _timer.Change(rest, Timeout.InfiniteTimeSpan);
    }
}
