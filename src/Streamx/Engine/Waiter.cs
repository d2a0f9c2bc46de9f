namespace Streamx.Engine;

/// <summary>An operation that waits for the stream: a put, a read, a flush, or the end of the stream.</summary>
/// <remarks>
/// Its outcome is decided under the core's lock, which also puts it on a <see cref="ReleaseList"/>. It is released after the
/// lock: it completes at once, and its continuation is user code.
/// </remarks>
internal abstract class Waiter
{
    /// <summary>The next waiter on the release list this one is on. Owned by that list.</summary>
    internal Waiter? NextToRelease { get; set; }

    /// <summary>Completes the task with the decided outcome.</summary>
    /// <returns>The same waiter if it has a continuation that the caller has to run or queue; null otherwise.</returns>
    internal abstract AwaitedWaiter? Complete();
}
