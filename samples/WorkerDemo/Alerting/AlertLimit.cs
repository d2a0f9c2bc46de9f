namespace WorkerDemo;

/// <summary>Lets so many alerts of a rule pass in each minute, and counts the others.</summary>
internal sealed class AlertLimit(int perMinute, TimeProvider timeProvider)
{
    /// <summary>What has passed, for each rule.</summary>
    private readonly Dictionary<AlertRule, Minute> _minutes = [];

    /// <summary>Whether an alert may pass now.</summary>
    internal bool TryTake(AlertRule rule)
    {
        if (!_minutes.TryGetValue(rule, out var minute)) _minutes[rule] = minute = new Minute { Began = timeProvider.GetTimestamp() };
        if (timeProvider.GetElapsedTime(minute.Began) >= TimeSpan.FromMinutes(1))
        {
            minute.Began = timeProvider.GetTimestamp();
            minute.Passed = 0;
        }

        if (minute.Passed >= perMinute)
        {
            minute.Suppressed++;
            return false;
        }

        minute.Passed++;
        return true;
    }

    /// <summary>How many alerts of a rule did not pass since the last call.</summary>
    internal long TakeSuppressed(AlertRule rule)
    {
        if (!_minutes.TryGetValue(rule, out var minute)) return 0;
        var count = minute.Suppressed;
        minute.Suppressed = 0;
        return count;
    }

    /// <summary>One rule's minute.</summary>
    private sealed class Minute
    {
        internal long Began { get; set; }

        internal int Passed { get; set; }

        internal long Suppressed { get; set; }
    }
}
