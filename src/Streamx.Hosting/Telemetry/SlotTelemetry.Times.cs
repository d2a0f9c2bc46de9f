using Streamx.Engine;

namespace Streamx.Hosting.Telemetry;

/// <content>What the slot spends its time on.</content>
internal sealed partial class SlotTelemetry
{
    /// <summary>How many states there are.</summary>
    private static readonly int StateCount = Enum.GetValues<ConsumerTimeState>().Length;

    /// <summary>What it spends its time on. Guarded by <see cref="_lock"/>.</summary>
    private readonly StateTimes _times;

    /// <summary>Guards what it is doing: <see cref="_holds"/>, <see cref="_besides"/> and <see cref="_isFollowed"/>.</summary>
    private readonly YieldingSpinLock _lock = new();

    /// <summary>Whether it has a value in hand, as far as has been followed.</summary>
    private bool _holds;

    /// <summary>What it does instead of holding a value or waiting for one, if it does.</summary>
    private ConsumerTimeState? _besides;

    /// <summary>
    /// Whether every change of <see cref="_holds"/> is observed, because there is a listener. Without one, the subscription is read
    /// instead.
    /// </summary>
    private volatile bool _isFollowed;

    /// <summary>Whether the stream has drained. Guarded by <see cref="_lock"/>.</summary>
    private bool _hasStreamEnded;

    /// <summary>The consumer begins to consume, or begins again.</summary>
    internal void Start()
    {
        var now = _stream.Clock.GetTimestamp();
        // An item that ended the last attachment was never finished.
        if (_saysWhatItBegins) Take(0, NoPosition, 0);
        OutputWaits.SetLeft(false, now);
        using (_lock.Enter())
        {
            _besides = null;
            _holds = false;
            // Its time begins with its first attachment, and goes on between attachments.
            _times.Start((int)ConsumerTimeState.Idle, now, _stream.Metrics.IsConsumerTimeEnabled);
            ShowLocked(now);
        }
    }

    /// <summary>The stream has drained. A consumer that is still attached ends by itself.</summary>
    internal void OnStreamEnded()
    {
        var now = _stream.Clock.GetTimestamp();
        using (_lock.Enter())
        {
            _hasStreamEnded = true;
            if (!_worker.IsAttached) _times.Stop(now);
        }
    }

    /// <summary>The consumer has ended.</summary>
    internal void Stop()
    {
        var now = _stream.Clock.GetTimestamp();
        OutputWaits.SetLeft(true, now);
        using (_lock.Enter()) _times.Stop(now);
    }

    /// <summary>The slot does something other than holding a value or waiting for one; null when it no longer does.</summary>
    internal void Enter(ConsumerTimeState? besides)
    {
        var now = _stream.Clock.GetTimestamp();
        if (besides == ConsumerTimeState.Paused) OutputWaits.SetLeft(true, now);
        using (_lock.Enter())
        {
            // Once the consumer has been taken out, the time of its code no longer counts as its own.
            if (_besides == ConsumerTimeState.Paused) return;
            _besides = besides;
            ShowLocked(now);
            if (besides == ConsumerTimeState.Paused && _hasStreamEnded) _times.Stop(now);
        }
    }

    /// <summary>A put of the slot's code has begun, or has ceased, to wait in another stream.</summary>
    internal void OnOutputChanged(long now)
    {
        using (_lock.Enter()) ShowLocked(now);
    }

    /// <summary>Reads the time that the slot has spent in each state, and adds it.</summary>
    internal void AddTime(Span<double> sums)
    {
        // Read before the lock is taken: reading a stream may release other threads. A later change is followed, since there is a listener.
        var holds = !_isFollowed && (_saysWhatItBegins ? IsBusy : _worker.Subscription is { HoldsValue: true });
        var now = _stream.Clock.GetTimestamp();
        Span<double> seconds = stackalloc double[StateCount];
        using (_lock.Enter())
        {
            if (!_isFollowed)
            {
                _holds = holds;
                ShowLocked(now);
            }

            _times.Read(now, seconds);
        }

        for (var state = 0; state < StateCount; state++) sums[state] += seconds[state];
    }

    private void Hold(bool holds, long now)
    {
        if (_isFollowed && _holds == holds) return;
        using (_lock.Enter())
        {
            _isFollowed = true;
            _holds = holds;
            ShowLocked(now);
        }
    }

    private void ShowLocked(long now)
    {
        var held = OutputWaits.IsWaiting ? ConsumerTimeState.OutputWait : ConsumerTimeState.Process;
        _times.Enter((int)(_besides ?? (_holds ? held : ConsumerTimeState.Idle)), now);
    }
}
