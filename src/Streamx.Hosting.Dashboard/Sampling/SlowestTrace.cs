namespace Streamx.Hosting.Dashboard;

/// <summary>The traced value that a consumer had in hand for the longest time, of the last minute. Safe from any thread.</summary>
internal sealed class SlowestTrace
{
    /// <summary>A value counts for half a minute at least, and for a minute at most.</summary>
    private const int HalfSeconds = 30;

    /// <summary>Guards everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>The slowest of the half minute in progress, and of the one before.</summary>
    private SlowestDocument? _now, _before;

    /// <summary>How many seconds of the half minute in progress are over.</summary>
    private int _seconds;

    /// <summary>The value; null where none was traced.</summary>
    internal SlowestDocument? Value
    {
        get
        {
            lock (_lock) return _now?.Seconds >= (_before?.Seconds ?? 0) ? _now : _before;
        }
    }

    /// <summary>A traced value has been handled.</summary>
    internal void Note(double seconds, string traceId)
    {
        lock (_lock)
        {
            if (seconds > (_now?.Seconds ?? -1)) _now = new SlowestDocument(Math.Round(seconds, 6), traceId);
        }
    }

    /// <summary>Ends a second.</summary>
    internal void EndSecond()
    {
        lock (_lock)
        {
            if (++_seconds < HalfSeconds) return;
            (_seconds, _before, _now) = (0, _now, null);
        }
    }
}
