using System.Threading.Tasks.Sources;
using Streamx.Engine;

namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>The wait of a free slot until it is woken, again and again.</summary>
/// <remarks>The thread that takes it from the waiting slots wakes it, once; the slot takes the result before it waits again.</remarks>
internal sealed class SlotWait : AwaitedWaiter, IValueTaskSource
{
    /// <summary>The next of the slots that are to be woken once the lock is free.</summary>
    internal SlotWait? NextDue { get; set; }

    /// <summary>The wait that has begun.</summary>
    internal ValueTask WhenWoken => new(this, Version);

    /// <summary>
    /// Ends the wait: the slot runs on this thread until it waits again, unless it has not left its own yet. Without a lock held.
    /// </summary>
    internal void WakeHere() => Complete()?.Resume();

    /// <inheritdoc/>
    public void GetResult(short token)
    {
        BeginTake(token, "wait");
        Reset();
    }

    /// <inheritdoc/>
    protected override Exception? GetError() => null;
}
