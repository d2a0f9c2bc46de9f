namespace Streamx.Hosting.Testing;

/// <summary>A timer of the harness's clock that gives its due time.</summary>
internal sealed class HarnessTimer(HarnessClock clock, TimerCallback callback, object? state) : ITimer
{
    /// <summary>Guards everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>The timer that fires.</summary>
    private ITimer? _timer;

    /// <summary>Its due time; null when it is not set.</summary>
    private TimeSpan? _due;

    /// <summary>The period after that; infinite for none.</summary>
    private TimeSpan _period;

    /// <summary>How often it has fired or been disposed of.</summary>
    private int _ends;

    /// <inheritdoc cref="_due"/>
    internal TimeSpan? Due
    {
        get
        {
            lock (_lock) return _due;
        }
    }

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        int ends;
        lock (_lock)
        {
            (_due, _period) = (null, period);
            ends = _ends;
        }

        var changed = _timer!.Change(dueTime, period);
        // Only now does time that passes reach it. It may have fired already.
        lock (_lock)
        {
            if (ends == _ends && dueTime != Timeout.InfiniteTimeSpan) _due = dueTime;
        }

        clock.OnSet();
        return changed;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        OnEnd(next: null);
        clock.OnDisposed(this);
        _timer!.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    /// <summary>Sets the timer that fires.</summary>
    internal void Attach(ITimer timer) => _timer = timer;

    /// <summary>Fires.</summary>
    internal void OnDue()
    {
        OnEnd(_period == Timeout.InfiniteTimeSpan || _period == TimeSpan.Zero ? null : _period);
        callback(state);
    }

    private void OnEnd(TimeSpan? next)
    {
        lock (_lock)
        {
            _ends++;
            _due = next;
        }
    }
}
