namespace Streamx.Engine;

/// <summary>Follows the puts of one producer, for whoever measures them.</summary>
/// <remarks>
/// The members named <c>…Locked</c> are called with the core's lock held, in the order of the transitions. They run no user code,
/// use no clock and call nothing of the stream. Readings are those of the stream's clock.
/// </remarks>
internal abstract class PutObserver
{
    /// <summary>A put is about to be made. Also the moment to say how precisely waits are to be measured.</summary>
    /// <returns>Goes along with the put: what it is traced by. Null for a put that is not traced.</returns>
    internal abstract object? Begin();

    /// <summary>A put that has begun was no put: nobody took the value, and nobody is going to.</summary>
    internal abstract void Forget(object? trace);

    /// <summary>A put has to wait: for room, or for its turn.</summary>
    internal abstract void QueuedLocked(bool isHead, long now);

    /// <summary>A put that waited for its turn waits for room from now on.</summary>
    internal abstract void ReachedHeadLocked(long now);

    /// <summary>A put waits no more.</summary>
    internal abstract void LeftQueueLocked(bool wasHead, long now);

    /// <summary>A value of a traced put is about to commit: no consumer has it yet. Called for each value of a put of many.</summary>
    internal abstract void CommittingLocked(long position, object trace);

    /// <summary>A put is over, and its caller is about to hear of it. On the caller's thread, without the lock.</summary>
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
