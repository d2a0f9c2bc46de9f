namespace Streamx.Engine;

/// <summary>The stream's clock: cheap and coarse, or precise on request. Its readings are timestamps of its provider.</summary>
/// <remarks>
/// <para>On the system clock, time is the operating system's tick count: a fraction of the cost of a timestamp,
/// and accurate to some milliseconds. Of waits shorter than a tick most are measured as zero and a few as a whole tick, in
/// proportion to their length, so that their sum is right. While metrics are listened to (<see cref="IsPrecise"/>) it takes
/// real timestamps.</para>
/// <para>Any other clock is asked for real timestamps, so that a test's clock is exact. It is user code, which may run timers' callbacks
/// when it is asked, so it is asked before the core's lock is taken (<see cref="Read"/>), and its reading is kept for the
/// transition (<see cref="Set"/>).</para>
/// </remarks>
internal sealed class CoarseClock(TimeProvider timeProvider)
{
    /// <summary>Timestamps per tick of the system's count.</summary>
    private static readonly long s_scale = TimeProvider.System.TimestampFrequency / 1000;

    /// <summary>The longest tick of the system's count, in milliseconds.</summary>
    private const int LongestTick = 16;

    /// <summary>
    /// The timestamp at which the tick count was zero. Where the two drift apart, it is right for the start of the process.
    /// </summary>
    /// <remarks>
    /// Early by a tick: the count is behind by up to one when it is read here. Otherwise coarse readings could be ahead of precise
    /// ones, and after a change to those time would stand still until they have caught up.
    /// </remarks>
    private static readonly long s_origin = TimeProvider.System.GetTimestamp() - ((Environment.TickCount64 + LongestTick) * s_scale);

    /// <summary>The last reading of a transition. Guarded by the core's lock; never decreases.</summary>
    private long _last;

    /// <inheritdoc cref="IsPrecise"/>
    private volatile bool _isPrecise;

    /// <summary>Whether time passes on the system clock.</summary>
    internal bool IsSystem { get; } = timeProvider == TimeProvider.System;

    /// <summary>
    /// Whether waits are measured to less than a tick. May be set at any time; a wait under way is then accurate to some ticks.
    /// </summary>
    internal bool IsPrecise
    {
        get => _isPrecise;
        set => _isPrecise = value;
    }

    /// <summary>The time of the transition. Needs the core's lock, and <see cref="Set"/> before. Never decreases.</summary>
    internal long Now
    {
        get
        {
            // The tick count is behind the timestamps: after a change of precision a wait could be negative.
            if (IsSystem) Set(_isPrecise ? timeProvider.GetTimestamp() : FromTicks(Environment.TickCount64));
            return _last;
        }
    }

    /// <summary>The time, to less than a tick in any case. Needs the core's lock, and <see cref="Set"/> before.</summary>
    /// <remarks>Not noted as the last reading: coarse ones after it would stand still until they have caught up.</remarks>
    internal long Exact => IsSystem ? Math.Max(timeProvider.GetTimestamp(), _last) : _last;

    /// <summary>The time, up to some hundredths of a second late. For marks made at every value. Otherwise as <see cref="Now"/>.</summary>
    internal long Recent => !IsSystem ? _last : RecentOfSystem;

    /// <summary>As <see cref="Recent"/>, but outside the core's lock.</summary>
    internal long RecentOutside => !IsSystem ? timeProvider.GetTimestamp() : RecentOfSystem;

    private long RecentOfSystem => _isPrecise ? timeProvider.GetTimestamp() : FromTicks(Ticker.Now);

    /// <summary>Reads a clock that is not the system's. Not under the core's lock.</summary>
    internal long Read() => IsSystem ? 0 : timeProvider.GetTimestamp();

    /// <summary>Notes a reading. Needs the core's lock. Readings may come out of order; an older one is ignored.</summary>
    internal void Set(long reading)
    {
        if (reading > _last) _last = reading;
    }

    /// <summary>The time between two readings; zero if they are out of order, as after a change of precision.</summary>
    internal TimeSpan Between(long start, long end) => end <= start ? TimeSpan.Zero : timeProvider.GetElapsedTime(start, end);

    private static long FromTicks(long ticks) => s_origin + (ticks * s_scale);
}
