using Streamx.Engine;

namespace Streamx.Hosting.Workers.Concurrent;

/// <content>Batches that wait to fill.</content>
internal sealed partial class SlotFeed<T, TRead>
{
    private readonly TimeProvider _clock;

    /// <summary>Ends the wait of the item that fills. Created for the first that waits.</summary>
    private OneShotTimer? _timer;

    /// <summary>The slot whose item has values and waits for more; null for none.</summary>
    private SlotItem<TRead>? _filling;

    /// <summary>When that wait began.</summary>
    private long _fillingSince;

    /// <summary>Ends the timer, once nothing waits any more.</summary>
    internal void EndTimer() => _timer?.Dispose();

    /// <summary>The time, if items may wait. Read without the lock: a clock may run unrelated callbacks.</summary>
    private long NowIfBatchesWait() => _limits is { MaxSize: > 1, MaxWait.Ticks: > 0 } ? _clock.GetTimestamp() : 0;

    private bool IsCompleteLocked(SlotItem<TRead> slot, long now) =>
        slot.Count >= LimitLocked
        || slot.KeyFailure is not null
        || _limits.MaxWait == TimeSpan.Zero
        || _hasEnded
        || (slot == _filling && _clock.GetElapsedTime(_fillingSince, now) >= _limits.MaxWait)
        || _read.NextHasFailed(slot)
        // The window allows no more until a slot has finished something.
        || _readEnd - _reader.OldestUnfinished >= _window;

    private void BeginFillingLocked(SlotItem<TRead> slot, long now)
    {
        (_filling, _fillingSince) = (slot, now);
        _startsTimer = true;
    }

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

    /// <summary>Ends the wait if its time is up. After a callback of an earlier wait, or an early one, the timer is set for the rest.</summary>
    private void OnTimer()
    {
        var now = _clock.GetTimestamp();
        TimeSpan rest;
        SlotItem<TRead>? due;
        bool startsTimer;
        lock (_lock)
        {
            rest = _filling is null ? TimeSpan.Zero : _limits.MaxWait - _clock.GetElapsedTime(_fillingSince, now);
            DispatchLocked(now);
            due = TakeDueLocked(out startsTimer);
        }

        HandOut(due, startsTimer);
        if (rest > TimeSpan.Zero && !startsTimer) _timer!.Set(TimeSpan.FromMilliseconds(Math.Ceiling(rest.TotalMilliseconds)));
    }
}
