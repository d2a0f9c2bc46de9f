namespace Streamx.Engine;

/// <summary>The stream's clock, at next to no cost.</summary>
/// <remarks>
/// <para>On the system clock, time is the operating system's tick count, in milliseconds: a fraction of the price of a timestamp,
/// and good to some milliseconds. A wait of seconds is measured well. Of waits shorter than a tick most count for nothing and a few
/// for a whole tick, in proportion to their length, so that their sum is right.</para>
/// <para>Any other clock is asked for real timestamps, so that a test's clock is exact. It is user code, which may run timers' callbacks
/// when it is asked, so it is asked before the core's lock is taken (<see cref="Read"/>), and what it said is kept for the
/// transition (<see cref="Set"/>).</para>
/// </remarks>
internal sealed class CoarseClock(TimeProvider timeProvider)
{
    /// <summary>What another clock said last. Guarded by the core's lock; never goes back.</summary>
    private long _said;

    /// <summary>Whether time passes on the system clock.</summary>
    internal bool IsSystem { get; } = timeProvider == TimeProvider.System;

    /// <summary>The present, for the transition. Needs the core's lock, and <see cref="Set"/> before.</summary>
    internal long Now => IsSystem ? Environment.TickCount64 : _said;

    /// <summary>The present, or up to some hundredths of a second before. For what every value is marked with. Otherwise as <see cref="Now"/>.</summary>
    internal long Recent => IsSystem ? Ticker.Now : _said;

    /// <summary>As <see cref="Recent"/>, but outside the core's lock.</summary>
    internal long RecentOutside => IsSystem ? Ticker.Now : timeProvider.GetTimestamp();

    /// <summary>Asks a clock that is not the system's. Not under the core's lock.</summary>
    internal long Read() => IsSystem ? 0 : timeProvider.GetTimestamp();

    /// <summary>Notes what it said. Needs the core's lock. Two may come in the wrong order; time does not go back for that.</summary>
    internal void Set(long said)
    {
        if (said > _said) _said = said;
    }

    /// <summary>How much time there is between two readings.</summary>
    internal TimeSpan Between(long start, long end) =>
        IsSystem ? TimeSpan.FromMilliseconds(end - start) : timeProvider.GetElapsedTime(start, end);
}
