namespace Streamx.Hosting.Testing;

/// <summary>A timer of the harness's clock that says what it is set to.</summary>
internal sealed class HarnessTimer(HarnessClock clock, TimerCallback callback, object? state) : ITimer
{
    /// <summary>Guards everything below.</summary>
    private readonly Lock _gate = new();

    /// <summary>The timer that goes off.</summary>
    private ITimer? _timer;

    /// <summary>What it has been set to; null when it sleeps.</summary>
    private TimeSpan? _due;

    /// <summary>How often it goes off after that; infinite for not again.</summary>
    private TimeSpan _period;

    /// <summary>How often it has gone off, or has been disposed of.</summary>
    private int _ends;

    /// <inheritdoc cref="_due"/>
    internal TimeSpan? Due
    {
        get
        {
            lock (_gate) return _due;
        }
    }

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        int ends;
        lock (_gate)
        {
            (_due, _period) = (null, period);
            ends = _ends;
        }

        var changed = _timer!.Change(dueTime, period);
        // Only now can time that passes reach it. It may have gone off already.
        lock (_gate)
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

    /// <summary>Gives it what goes off.</summary>
    internal void Attach(ITimer timer) => _timer = timer;

    /// <summary>It goes off.</summary>
    internal void OnDue()
    {
        OnEnd(_period == Timeout.InfiniteTimeSpan || _period == TimeSpan.Zero ? null : _period);
        callback(state);
    }

    private void OnEnd(TimeSpan? next)
    {
        lock (_gate)
        {
            _ends++;
            _due = next;
        }
    }
}
