namespace Streamx.Engine;

/// <summary>Observes the puts of one producer, for metrics and traces.</summary>
/// <remarks>
/// <para>Whatever carries the stream calls the members named <c>…Locked</c> with the lock held under which its puts move: for all
/// observers of the stream together, in the order of the transitions and one at a time. A look by <c>BetweenTransitions</c> runs between
/// two of them.</para>
/// <para>They must not run user code, read a clock or call the stream. Readings are those of the stream's clock.</para>
/// </remarks>
internal abstract class PutObserver
{
    private long _accepted;

    /// <summary>How many values of its puts were accepted. Safe from any thread.</summary>
    internal long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>A put is about to be made. Waits are measured as precisely as is set by the return of this call.</summary>
    /// <returns>The trace of the put; null for a put that is not traced.</returns>
    internal abstract object? Begin();

    /// <summary>A put that has begun is not to be observed after all: the value was not accepted, and will not be.</summary>
    internal abstract void Forget(object? trace);

    /// <summary>A put begins to wait: at the head of the queue for room, or behind other puts.</summary>
    internal abstract void QueuedLocked(bool isHead, long now);

    /// <summary>A put has come to the head of the queue, where it waits for room.</summary>
    internal abstract void ReachedHeadLocked(long now);

    /// <summary>A put has left the queue.</summary>
    internal abstract void LeftQueueLocked(bool wasHead, long now);

    /// <summary>A value of a traced put is about to commit: no consumer has it yet. Called for each value of a put of many.</summary>
    internal abstract void CommittingLocked(long position, object trace);

    /// <summary>
    /// Counts values that commit. An interlocked addition for each value would cost a fifth of a put into a large window.
    /// </summary>
    internal void CountLocked(int accepted) => Volatile.Write(ref _accepted, _accepted + accepted);

    /// <summary>As <see cref="CountLocked"/>, for what carries the stream and accepts values without a lock.</summary>
    internal void Count(int accepted) => Interlocked.Add(ref _accepted, accepted);

    /// <summary>A put is over, and its caller is about to get the result. On the caller's thread, without the lock.</summary>
    /// <param name="trace">What <see cref="Begin"/> gave.</param>
    /// <param name="wait">How it waited.</param>
    /// <param name="error">Why the value was not accepted; null if it was.</param>
    internal abstract void Ended(object? trace, PutWait wait, Exception? error);

    /// <summary>As <see cref="Ended"/>, for a put of many values.</summary>
    /// <param name="trace">What <see cref="Begin"/> gave.</param>
    /// <param name="wait">How it waited, from the first value to the last.</param>
    /// <param name="accepted">How many values were accepted.</param>
    /// <param name="error">Why the rest was not accepted; null if all were.</param>
    internal virtual void EndedMany(object? trace, PutWait wait, int accepted, Exception? error) => Ended(trace, wait, error);
}
