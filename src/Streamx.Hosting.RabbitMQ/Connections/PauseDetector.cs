namespace Streamx.Hosting.RabbitMQ;

/// <summary>Knows whether this process has just been away: stopped, or without any time to run.</summary>
/// <remarks>
/// Who comes back after a while still finds in its buffers what the broker has meanwhile given to another. The broker gives a
/// connection up after two heartbeats without a sign, and the client gives one every half; so an absence of one heartbeat may have
/// been too long, and a shorter one was not.
/// </remarks>
internal sealed class PauseDetector : IDisposable
{
    private readonly TimeSpan _longest;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;

    /// <summary>When this process was last known to run.</summary>
    private long _seen;

    /// <summary>1 once it has been away for too long: that does not pass.</summary>
    private int _wasAway;

    /// <summary>Begins to watch.</summary>
    /// <param name="longest">The longest absence that does no harm.</param>
    /// <param name="clock">The clock, which goes on meanwhile.</param>
    internal PauseDetector(TimeSpan longest, TimeProvider clock)
    {
        _longest = longest;
        _clock = clock;
        _seen = clock.GetTimestamp();
        var period = longest / 4;
        _timer = clock.CreateTimer(static watch => ((PauseDetector)watch!).See(), this, period, period);
    }

    /// <summary>Whether it has been away for too long, now or before.</summary>
    internal bool Exceeds(out TimeSpan time)
    {
        time = _clock.GetElapsedTime(Interlocked.Read(ref _seen));
        return Volatile.Read(ref _wasAway) != 0 || time > _longest;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void See()
    {
        // Whoever asks after the timer was first to come back has to hear of it, too.
        if (Exceeds(out _)) Volatile.Write(ref _wasAway, 1);
        else Interlocked.Exchange(ref _seen, _clock.GetTimestamp());
    }
}
