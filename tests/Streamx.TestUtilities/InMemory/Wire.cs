namespace Streamx.TestUtilities.InMemory;

/// <summary>One direction of a session: what is sent comes to the other side in order, after a while, or never.</summary>
/// <remarks>Guarded by the lock of the store.</remarks>
/// <param name="store">The store, whose clock is used.</param>
/// <param name="isHeld">Whether nothing comes through at present.</param>
internal sealed class Wire(InMemoryStore store, Func<bool> isHeld)
{
    private readonly Queue<(long Due, Action Arrive)> _sent = new();
    private ITimer? _timer;
    private bool _isCut;
    private bool _isPumping;

    /// <summary>Whether nothing is on its way.</summary>
    internal bool IsEmpty => _sent.Count == 0;

    /// <summary>Sends something. It has come through when this returns, unless it takes time.</summary>
    internal void SendLocked(TimeSpan delay, Action arrive)
    {
        if (_isCut) return;
        _sent.Enqueue((store.Clock.GetTimestamp() + store.TicksOf(delay), arrive));
        PumpLocked();
    }

    /// <summary>Nothing comes through any more.</summary>
    internal void CutLocked()
    {
        _isCut = true;
        _sent.Clear();
        _timer?.Dispose();
    }

    /// <summary>Lets through what is due.</summary>
    internal void PumpLocked()
    {
        // What arrives may send more, which comes behind it.
        if (_isPumping) return;
        _isPumping = true;
        while (!isHeld() && _sent.TryPeek(out var first) && first.Due <= store.Clock.GetTimestamp())
        {
            _sent.Dequeue();
            first.Arrive();
        }

        _isPumping = false;
        if (isHeld() || !_sent.TryPeek(out var next)) return;
        _timer ??= store.Clock.CreateTimer(_ => store.Locked(PumpLocked), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(store.Clock.GetElapsedTime(store.Clock.GetTimestamp(), next.Due), Timeout.InfiniteTimeSpan);
    }
}
