namespace Streamx.Engine;

/// <summary>Someone waiting for the stream: a put, a read, a flush, or whoever awaits the end.</summary>
/// <remarks>
/// Its outcome is decided under the core's lock, which also puts it on a <see cref="ReleaseList"/>. It is released after the
/// lock is left: it completes at once, and what goes on then is user code.
/// </remarks>
internal abstract class Waiter
{
    /// <summary>The next waiter on the release list this one is on. Owned by that list.</summary>
    internal Waiter? NextToRelease { get; set; }

    /// <summary>Hands the decided outcome to whoever waits.</summary>
    /// <returns>The same waiter if it has a continuation that the caller has to see to; null otherwise.</returns>
    internal abstract AwaitedWaiter? Complete();
}
