namespace Streamx.Hosting.Telemetry;

/// <summary>
/// Adds up the time that a worker spends in each of a few states. It is always in exactly one, so the times add up to the wall clock.
/// </summary>
/// <remarks>
/// <para>Not thread-safe: its owner guards it. Timestamps may arrive in the wrong order when several threads report them:
/// time then stands still instead of going back.</para>
/// <para>Reported times count from the first listener on.</para>
/// </remarks>
/// <param name="clock">The source of the timestamps.</param>
/// <param name="states">How many states there are.</param>
internal sealed class StateTimes(TimeProvider clock, int states)
{
    /// <summary>The time spent in each state before the present one was entered, in timestamps.</summary>
    private readonly long[] _spent = new long[states];

    /// <summary>The time spent in each state when the first listener came.</summary>
    private readonly long[] _before = new long[states];

    /// <summary>The current state.</summary>
    private int _state;

    /// <summary>When the current state was entered.</summary>
    private long _since;

    /// <summary>Whether time passes.</summary>
    private bool _isRunning;

    /// <summary>Whether there has been a listener.</summary>
    private bool _isReported;

    /// <summary>Time begins to pass, unless it does already.</summary>
    /// <param name="state">The current state.</param>
    /// <param name="now">The time.</param>
    /// <param name="isListenedTo">Whether there is a listener already.</param>
    internal void Start(int state, long now, bool isListenedTo)
    {
        if (_isRunning) return;
        _state = state;
        _since = Math.Max(now, _since);
        _isRunning = true;
        _isReported |= isListenedTo;
    }

    /// <summary>Enters a state; nothing changes if it is the current one.</summary>
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

    /// <summary>The time spent in each state so far, in seconds, including the current state.</summary>
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
