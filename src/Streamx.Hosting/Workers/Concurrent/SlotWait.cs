using System.Threading.Tasks.Sources;

namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>The wait of a free slot until it is woken, again and again.</summary>
internal sealed class SlotWait : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core;

    /// <summary>The next of the slots that are to be woken once the lock is free.</summary>
    internal SlotWait? NextDue { get; set; }

    /// <summary>The wait that has begun.</summary>
    internal ValueTask WhenWoken => new(this, _core.Version);

    /// <summary>Begins to wait. Before another thread can wake it.</summary>
    internal void Begin() => _core.Reset();

    /// <summary>Ends the wait: the slot goes on on the thread pool.</summary>
    internal void Wake()
    {
        _core.RunContinuationsAsynchronously = true;
        _core.SetResult(true);
    }

    /// <summary>
    /// Ends the wait: the slot runs on this thread until it waits again, unless it has not left its own yet. Without a lock held.
    /// </summary>
    internal void WakeHere()
    {
        _core.RunContinuationsAsynchronously = false;
        _core.SetResult(true);
    }

    /// <inheritdoc/>
    public void GetResult(short token) => _core.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
