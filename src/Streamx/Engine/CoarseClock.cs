namespace Streamx.Engine;

/// <summary>The stream's clock, at next to no cost.</summary>
/// <remarks>
/// <para>On the system clock, time is the operating system's tick count, in milliseconds: a fraction of the price of a timestamp,
/// and good to some milliseconds. A wait of seconds is measured well. Of waits shorter than a tick most count for nothing and a few
/// for a whole tick, in proportion to their length, so that their sum is right.</para>
/// <para>Any other clock is asked for real timestamps, so that a test's clock is exact.</para>
/// </remarks>
internal sealed class CoarseClock(TimeProvider timeProvider)
{
    /// <summary>Whether time passes on the system clock.</summary>
    private readonly bool _isSystem = timeProvider == TimeProvider.System;

    /// <summary>The present.</summary>
    internal long Now => _isSystem ? Environment.TickCount64 : timeProvider.GetTimestamp();

    /// <summary>The present, or up to some hundredths of a second before. For what every value is marked with.</summary>
    internal long Recent => _isSystem ? Ticker.Now : timeProvider.GetTimestamp();

    /// <summary>How much time there is between two readings.</summary>
    internal TimeSpan Between(long start, long end) =>
        _isSystem ? TimeSpan.FromMilliseconds(end - start) : timeProvider.GetElapsedTime(start, end);
}
