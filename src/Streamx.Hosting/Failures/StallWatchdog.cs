using Streamx.Engine;

namespace Streamx.Hosting.Failures;

/// <summary>Notices when a consumer holds one value for too long.</summary>
/// <remarks>
/// It costs nothing per value: a timer checks the subscription, at most once per limit. A value taken between two checks is found
/// younger than the limit at the next, which then sets the timer for the rest; so a stall is noticed on time. Time in which the
/// consumer's code waits in a put into another stream does not count: the watchdog of the consumer that holds that stream covers it. After
/// such a wait a stall is noticed up to a tenth of the limit late.
/// </remarks>
internal sealed class StallWatchdog
{
    private readonly TimeSpan _limit;
    private readonly TimeProvider _timeProvider;
    private readonly Func<SubscriptionSnapshot?> _look;
    private readonly StageWaits _outputWaits;
    private readonly Action<TimeSpan> _onStall;
    private readonly Action _onOver;
    private readonly Func<long?>? _heldSince;

    /// <summary>Guards the timer and the last observations.</summary>
    private readonly Lock _lock = new();

    /// <summary>Triggers the checks; null while there are none.</summary>
    private OneShotTimer? _alarm;

    /// <summary>How many values were behind the consumer when it stalled; -1 while it has not.</summary>
    private long _stalledAt = -1;

    /// <summary>How many values it had finished when it stalled.</summary>
    private long _finishedAtStall;

    /// <summary>When the last check was made, or when the checks began.</summary>
    private long _lastLook;

    /// <summary>How many values were behind the consumer then.</summary>
    private long _lastPosition;

    /// <summary>Prepares it.</summary>
    /// <param name="limit">How long a value may be held; infinite for no limit.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="look">Reads the subscription.</param>
    /// <param name="outputWaits">The consumer's puts that wait in other streams.</param>
    /// <param name="onStall">Called once for each stall, with the age of the value.</param>
    /// <param name="onOver">Called when the consumer has finished the value.</param>
    /// <param name="heldSince">
    /// Reads since when the oldest of several items has been in hand, or null if no slot has noted one; null for a consumer with one slot.
    /// </param>
    internal StallWatchdog(
        TimeSpan limit,
        TimeProvider timeProvider,
        Func<SubscriptionSnapshot?> look,
        StageWaits outputWaits,
        Action<TimeSpan> onStall,
        Action onOver,
        Func<long?>? heldSince)
    {
        _limit = limit;
        _timeProvider = timeProvider;
        _look = look;
        _outputWaits = outputWaits;
        _onStall = onStall;
        _onOver = onOver;
        _heldSince = heldSince;
    }

    /// <summary>Whether the consumer holds a value for longer than the limit, as far as has been noticed.</summary>
    internal bool IsStalled => Interlocked.Read(ref _stalledAt) >= 0 && IsSame(_look()) && !_outputWaits.IsWaiting;

    /// <summary>Begins the checks.</summary>
    internal void Start()
    {
        if (_limit == Timeout.InfiniteTimeSpan) return;
        // Never called under the lock: a clock may run unrelated callbacks there.
        var alarm = new OneShotTimer(_timeProvider, static state => ((StallWatchdog)state!).Look(), this);
        lock (_lock)
        {
            _stalledAt = _lastPosition = -1;
            _lastLook = _timeProvider.GetTimestamp();
            _alarm = alarm;
        }

        alarm.Set(_limit);
    }

    /// <summary>Ends the checks.</summary>
    internal void Stop()
    {
        OneShotTimer? alarm;
        lock (_lock)
        {
            alarm = _alarm;
            _alarm = null;
        }

        alarm?.Dispose();
    }

    /// <summary>Checks now: called by the timer, and when the consumer has finished a value that it was stalled on.</summary>
    internal void Look()
    {
        var snapshot = _look();
        var waited = snapshot is null ? TimeSpan.Zero : _outputWaits.TimeOn(snapshot.Position);
        var isWaiting = _outputWaits.IsWaiting;
        var heldSince = _heldSince?.Invoke();
        var now = _timeProvider.GetTimestamp();
        var age = TimeSpan.Zero;
        var (isNew, isOver) = (false, false);
        OneShotTimer? alarm;
        lock (_lock)
        {
            alarm = _alarm;
            if (alarm is null || snapshot is null) return;
            if (snapshot.HoldsValue) age = AgeOf(snapshot, heldSince, now) - waited;
            (_lastLook, _lastPosition) = (now, snapshot.Position);
            // A consumer that was taken out no longer holds its value, although its code may: that is no recovery.
            if (_stalledAt >= 0 && !IsSame(snapshot))
            {
                _stalledAt = -1;
                isOver = snapshot.ValuesFinished > _finishedAtStall;
            }

            if (age >= _limit && _stalledAt < 0 && !isWaiting)
            {
                Interlocked.Exchange(ref _stalledAt, snapshot.Position);
                _finishedAtStall = snapshot.ValuesFinished;
                isNew = true;
            }
        }

        // If it has been disposed since, this does nothing.
        alarm.Set(isWaiting ? Later(Rest(age)) : age < _limit && age > TimeSpan.Zero ? Rest(age) : _limit);
        if (isOver) _onOver();
        if (isNew) _onStall(age + waited);
    }

    /// <summary>
    /// How long the value has been in hand. The subscription's clock is coarse, and late when the thread pool is; a value that has come
    /// since the last check cannot be older than that. Of several values, one that has become the oldest since then can be; their slots
    /// know exactly since when they hold them.
    /// </summary>
    private TimeSpan AgeOf(SubscriptionSnapshot snapshot, long? heldSince, long now)
    {
        if (_heldSince is not null)
        {
            var held = heldSince < now ? _timeProvider.GetElapsedTime(heldSince.Value, now) : TimeSpan.Zero;
            return held < snapshot.HeldFor ? held : snapshot.HeldFor;
        }

        var sinceLastLook = _timeProvider.GetElapsedTime(_lastLook, now);
        return snapshot.Position == _lastPosition || snapshot.HeldFor < sinceLastLook ? snapshot.HeldFor : sinceLastLook;
    }

    /// <summary>Timers count whole milliseconds: one that came early would have to be set again.</summary>
    private TimeSpan Rest(TimeSpan age) => TimeSpan.FromMilliseconds(Math.Ceiling((_limit - age).TotalMilliseconds));

    /// <summary>While a put waits, the remaining time does not decrease: a check after each remaining time would be polling.</summary>
    private TimeSpan Later(TimeSpan rest) =>
        rest > _limit / 10 ? rest : TimeSpan.FromMilliseconds(Math.Ceiling((_limit / 10).TotalMilliseconds));

    private bool IsSame(SubscriptionSnapshot? snapshot) =>
        snapshot is { HoldsValue: true } && snapshot.Position == Interlocked.Read(ref _stalledAt);
}
