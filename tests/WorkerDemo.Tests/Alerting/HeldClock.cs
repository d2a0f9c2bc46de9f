namespace WorkerDemo.Tests.Alerting;

/// <summary>A clock that holds one caller: its second reading after a minute has passed returns only when it is released.</summary>
internal sealed class HeldClock : TimeProvider, IDisposable
{
    private long _now;
    private int _readings = int.MinValue;

    /// <summary>Set while the caller is held.</summary>
    public ManualResetEventSlim Held { get; } = new();

    /// <summary>Lets the caller go on.</summary>
    public ManualResetEventSlim Release { get; } = new();

    /// <summary>A minute passes.</summary>
    public void PassMinute() => (_now, _readings) = (_now + (60 * TimestampFrequency), 0);

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        if (Interlocked.Increment(ref _readings) != 2) return _now;
        Held.Set();
        Release.Wait();
        return _now;
    }

    public void Dispose()
    {
        Held.Dispose();
        Release.Dispose();
    }
}
