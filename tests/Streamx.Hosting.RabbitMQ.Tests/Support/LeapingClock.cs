namespace Streamx.Hosting.RabbitMQ.Tests.Support;

/// <summary>The system's clock, ahead by what it was made to leap: as a process that was stopped finds it.</summary>
internal sealed class LeapingClock : TimeProvider
{
    private long _ahead;

    public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _ahead);

    public void Leap(TimeSpan time) => Interlocked.Add(ref _ahead, (long)(time.TotalSeconds * TimestampFrequency));
}
