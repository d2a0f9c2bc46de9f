namespace Streamx.Hosting.RabbitMQ;

/// <summary>Detects that this process has been paused: stopped, or without any time to run.</summary>
/// <remarks>
/// A process that resumes after a pause still finds in its buffers values that the broker has meanwhile given to another process. The
/// broker gives a connection up after two heartbeats without a sign, and the client gives a sign every half heartbeat; so a pause of one
/// heartbeat may have been too long, and a shorter one was not.
/// </remarks>
internal sealed class PauseDetector : IDisposable
{
    private readonly TimeSpan _longest;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;

    /// <summary>When this process was last known to run.</summary>
    private long _seen;

    /// <summary>1 once a pause was too long: that state is final.</summary>
    private int _wasAway;

    /// <summary>Begins to watch.</summary>
    /// <param name="longest">The longest pause that does no harm.</param>
    /// <param name="clock">The clock, which runs during a pause.</param>
    internal PauseDetector(TimeSpan longest, TimeProvider clock)
    {
        _longest = longest;
        _clock = clock;
        _seen = clock.GetTimestamp();
        var period = longest / 4;
        _timer = clock.CreateTimer(static watch => ((PauseDetector)watch!).See(), this, period, period);
    }

    /// <summary>Whether a pause has been too long, now or before.</summary>
    internal bool Exceeds(out TimeSpan time)
    {
        time = _clock.GetElapsedTime(Interlocked.Read(ref _seen));
        return Volatile.Read(ref _wasAway) != 0 || time > _longest;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void See()
    {
        // The timer may be the first to run after a pause: a caller that asks later must see the pause, too.
        if (Exceeds(out _)) Volatile.Write(ref _wasAway, 1);
        else Interlocked.Exchange(ref _seen, _clock.GetTimestamp());
    }
}
