namespace Streamx.Engine;

/// <summary>Tells how long a value has been held, at next to no cost for those who only take it.</summary>
/// <remarks>
/// Every read notes when it got its value. On the system clock that is the operating system's tick count, which is
/// cheaper than a timestamp and good to some milliseconds: enough for an age that is of interest once it is seconds. Waiting
/// times, which are short and add up, are always measured with real timestamps. Any other clock is asked for those too, so that
/// a test's clock is exact.
/// </remarks>
internal sealed class CoarseClock(TimeProvider timeProvider)
{
    /// <summary>Whether time passes on the system clock.</summary>
    private readonly bool _isSystem = timeProvider == TimeProvider.System;

    /// <summary>The present, to be given to <see cref="ElapsedSince"/>.</summary>
    internal long Now => _isSystem ? Environment.TickCount64 : timeProvider.GetTimestamp();

    /// <summary>How long ago something was.</summary>
    internal TimeSpan ElapsedSince(long then) =>
        _isSystem ? TimeSpan.FromMilliseconds(Environment.TickCount64 - then) : timeProvider.GetElapsedTime(then);
}
