using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Support;

/// <summary>A clock that has something done when a thread asks it for the time once more.</summary>
internal sealed class InterruptingClock : FakeTimeProvider
{
    [ThreadStatic]
    private static int t_left;

    private int _isDone;

    /// <summary>What is done, once.</summary>
    public Action? OnInterrupt { get; set; }

    /// <summary>Interrupts the calling thread.</summary>
    /// <param name="reading">When it asks for the time so many times from now.</param>
    public void InterruptThisThread(int reading)
    {
        if (Volatile.Read(ref _isDone) == 0) t_left = reading;
    }

    public override long GetTimestamp()
    {
        if (t_left > 0 && --t_left == 0 && Interlocked.Exchange(ref _isDone, 1) == 0) OnInterrupt?.Invoke();
        return base.GetTimestamp();
    }
}
