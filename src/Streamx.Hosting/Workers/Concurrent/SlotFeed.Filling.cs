using Streamx.Engine;

namespace Streamx.Hosting.Workers.Concurrent;

/// <content>Gathering the next item: a value, or a batch that may wait until it is full.</content>
internal sealed partial class SlotFeed<T, TRead>
{
    private readonly TimeProvider _clock;

    /// <summary>Ends the wait of an item. Created for the first that waits.</summary>
    private OneShotTimer? _timer;

    /// <summary>The next item: what has been gathered for it while a slot is free.</summary>
    private SlotItem<TRead> _gathered;

    /// <summary>Whether it waits until it is full.</summary>
    private bool _isFilling;

    /// <summary>When that wait began.</summary>
    private long _fillingSince;

    /// <summary>Whether the timer is to be started once the lock is free.</summary>
    private bool _startsTimer;

    /// <summary>Ends the timer, once nothing waits any more.</summary>
    internal void EndTimer() => Volatile.Read(ref _timer)?.Dispose();

    /// <summary>The time, if items may wait. Read without the lock: a clock may run unrelated callbacks.</summary>
    private long NowIfBatchesWait() => _limits is { MaxSize: > 1, MaxWait.Ticks: > 0 } ? _clock.GetTimestamp() : 0;

    /// <summary>How many values an item has at most.</summary>
    private int LimitLocked => _inHand.Count > 0 ? Math.Min(_limits.MaxSize, _limits.Share) : _limits.MaxSize;

    /// <summary>
    /// Gathers the next item for a free slot. Returns whether it is ready; if not, it may begin to wait until it is full.
    /// </summary>
    private bool TryGatherLocked(long now)
    {
        var limit = LimitLocked;
        // A value without the key that it should have fails, and so it is an item of its own.
        while (_gathered.Count < limit && _gathered.KeyFailure is null && !(_gathered.Count > 0 && _read.NextHasFailed(_gathered)))
        {
            if (!_read.TryTake(_gathered, out var value)) break;
            _gathered.Add(value);
        }

        if (_gathered.Count == 0) return false;
        if (_gathered.Count >= limit || IsCompleteLocked(now)) return true;
        if (_isFilling) return false;
        (_isFilling, _fillingSince, _startsTimer) = (true, now, true);
        return false;
    }

    private bool IsCompleteLocked(long now) =>
        _limits.MaxWait == TimeSpan.Zero
        || _hasEnded
        || _gathered.KeyFailure is not null
        || _read.NextHasFailed(_gathered)
        || (_isFilling && _clock.GetElapsedTime(_fillingSince, now) >= _limits.MaxWait)
        // The window allows no more until a slot has finished something.
        || _readEnd - _reader.OldestUnfinished >= _window;

    /// <summary>Without the lock: a clock may run unrelated callbacks.</summary>
    private void StartTimer()
    {
        var timer = Volatile.Read(ref _timer);
        if (timer is null)
        {
            timer = new OneShotTimer(_clock, static state => ((SlotFeed<T, TRead>)state!).OnTimer(), this);
            if (Interlocked.CompareExchange(ref _timer, timer, null) is { } other)
            {
                timer.Dispose();
                timer = other;
            }
        }

        timer.Set(_limits.MaxWait);
    }

    /// <summary>
    /// Ends the wait if its time is up. After a callback of an earlier wait, or an early one, the timer is set for the rest.
    /// </summary>
    private void OnTimer()
    {
        var now = _clock.GetTimestamp();
        TimeSpan rest;
        SlotWakes wakes;
        lock (_lock)
        {
            rest = _isFilling ? _limits.MaxWait - _clock.GetElapsedTime(_fillingSince, now) : TimeSpan.Zero;
            wakes = WakeLocked(now);
        }

        CarryOut(wakes);
        if (rest > TimeSpan.Zero) Volatile.Read(ref _timer)!.Set(TimeSpan.FromMilliseconds(Math.Ceiling(rest.TotalMilliseconds)));
    }
}
