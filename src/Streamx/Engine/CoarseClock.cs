namespace Streamx.Engine;

/// <summary>The stream's clock, at next to no cost unless somebody wants it precise. Its readings are timestamps of its provider.</summary>
/// <remarks>
/// <para>On the system clock, time is the operating system's tick count: a fraction of the price of a timestamp,
/// and good to some milliseconds. A wait of seconds is measured well. Of waits shorter than a tick most count for nothing and a few
/// for a whole tick, in proportion to their length, so that their sum is right. While somebody listens (<see cref="IsPrecise"/>) it is
/// real timestamps.</para>
/// <para>Any other clock is asked for real timestamps, so that a test's clock is exact. It is user code, which may run timers' callbacks
/// when it is asked, so it is asked before the core's lock is taken (<see cref="Read"/>), and what it said is kept for the
/// transition (<see cref="Set"/>).</para>
/// </remarks>
internal sealed class CoarseClock(TimeProvider timeProvider)
{
    /// <summary>How many timestamps there are to a tick of the system's count.</summary>
    private static readonly long s_scale = TimeProvider.System.TimestampFrequency / 1000;

    /// <summary>How long ticks of the system's count are at most, in milliseconds.</summary>
    private const int LongestTick = 16;

    /// <summary>The timestamp at which the tick count was zero. Where the two do not keep time together, it is that of the start.</summary>
    /// <remarks>
    /// Early by a tick: the count is behind by up to one when it is read here. Otherwise coarse readings could be ahead of precise
    /// ones, and after a change to those time would stand still until they have caught up.
    /// </remarks>
    private static readonly long s_origin = TimeProvider.System.GetTimestamp() - ((Environment.TickCount64 + LongestTick) * s_scale);

    /// <summary>The last reading of a transition. Guarded by the core's lock; never goes back.</summary>
    private long _said;

    /// <inheritdoc cref="IsPrecise"/>
    private volatile bool _isPrecise;

    /// <summary>Whether time passes on the system clock.</summary>
    internal bool IsSystem { get; } = timeProvider == TimeProvider.System;

    /// <summary>Whether somebody wants to know waits to less than a tick. May be set at any time; a wait under way is then good to some ticks.</summary>
    internal bool IsPrecise
    {
        get => _isPrecise;
        set => _isPrecise = value;
    }

    /// <summary>The present, for the transition. Needs the core's lock, and <see cref="Set"/> before. Never goes back.</summary>
    internal long Now
    {
        get
        {
            // The tick count is behind the timestamps: after a change of precision a wait could be less than nothing.
            if (IsSystem) Set(_isPrecise ? timeProvider.GetTimestamp() : FromTicks(Environment.TickCount64));
            return _said;
        }
    }

    /// <summary>The present, to less than a tick in any case. Needs the core's lock, and <see cref="Set"/> before.</summary>
    /// <remarks>Not noted as the last reading: coarse ones after it would stand still until they have caught up.</remarks>
    internal long Exact => IsSystem ? Math.Max(timeProvider.GetTimestamp(), _said) : _said;

    /// <summary>The present, or up to some hundredths of a second before. For what every value is marked with. Otherwise as <see cref="Now"/>.</summary>
    internal long Recent => !IsSystem ? _said : RecentOfSystem;

    /// <summary>As <see cref="Recent"/>, but outside the core's lock.</summary>
    internal long RecentOutside => !IsSystem ? timeProvider.GetTimestamp() : RecentOfSystem;

    private long RecentOfSystem => _isPrecise ? timeProvider.GetTimestamp() : FromTicks(Ticker.Now);

    /// <summary>Asks a clock that is not the system's. Not under the core's lock.</summary>
    internal long Read() => IsSystem ? 0 : timeProvider.GetTimestamp();

    /// <summary>Notes what it said. Needs the core's lock. Two may come in the wrong order; time does not go back for that.</summary>
    internal void Set(long said)
    {
        if (said > _said) _said = said;
    }

    /// <summary>How much time there is between two readings; none if they were taken in the wrong order, as on a change of precision.</summary>
    internal TimeSpan Between(long start, long end) => end <= start ? TimeSpan.Zero : timeProvider.GetElapsedTime(start, end);

    private static long FromTicks(long ticks) => s_origin + (ticks * s_scale);
}
