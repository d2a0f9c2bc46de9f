namespace Streamx.Hosting.Telemetry;

/// <summary>Adds up how long somebody spent in each of a few states. It is always in exactly one, so the times add up to the wall clock.</summary>
/// <remarks>
/// <para>Not thread-safe: its owner guards it. Readings of the clock may come in the wrong order when several threads bring them:
/// time then stands still, rather than go back.</para>
/// <para>What is reported counts from when somebody first listened.</para>
/// </remarks>
/// <param name="clock">Whose timestamps the readings are.</param>
/// <param name="states">How many states there are.</param>
internal sealed class StateTimes(TimeProvider clock, int states)
{
    /// <summary>The time spent in each state before the present one was entered, in timestamps.</summary>
    private readonly long[] _spent = new long[states];

    /// <summary>What had been spent in each when somebody first listened.</summary>
    private readonly long[] _before = new long[states];

    /// <summary>The state it is in.</summary>
    private int _state;

    /// <summary>When it entered that.</summary>
    private long _since;

    /// <summary>Whether time passes.</summary>
    private bool _isRunning;

    /// <summary>Whether somebody has listened.</summary>
    private bool _isReported;

    /// <summary>Time begins to pass, unless it does already.</summary>
    /// <param name="state">The state it is in.</param>
    /// <param name="now">The time.</param>
    /// <param name="isListenedTo">Whether somebody listens already.</param>
    internal void Start(int state, long now, bool isListenedTo)
    {
        if (_isRunning) return;
        _state = state;
        _since = Math.Max(now, _since);
        _isRunning = true;
        _isReported |= isListenedTo;
    }

    /// <summary>Enters a state; nothing changes if it is in that.</summary>
    internal void Enter(int state, long now)
    {
        if (_state == state) return;
        Pass(now);
        _state = state;
    }

    /// <summary>Time stands still from here on, unless it is started again.</summary>
    internal void Stop(long now)
    {
        Pass(now);
        _isRunning = false;
    }

    /// <summary>The time spent in each state so far, in seconds, that in the present one included.</summary>
    internal void Read(long now, Span<double> seconds)
    {
        Pass(now);
        if (!_isReported) _spent.CopyTo(_before, 0);
        _isReported = true;
        for (var state = 0; state < states; state++) seconds[state] = (double)(_spent[state] - _before[state]) / clock.TimestampFrequency;
    }

    private void Pass(long now)
    {
        if (!_isRunning || now <= _since) return;
        _spent[_state] += now - _since;
        _since = now;
    }
}
