using Streamx.Engine;

namespace Streamx.TestUtilities.Backends;

/// <summary>Observes nothing.</summary>
internal sealed class NoPutObserver : PutObserver
{
    /// <summary>The only instance.</summary>
    internal static readonly NoPutObserver Instance = new();

    /// <inheritdoc/>
    internal override object? Begin() => null;

    /// <inheritdoc/>
    internal override void Forget(object? trace)
    {
    }

    /// <inheritdoc/>
    internal override void QueuedLocked(bool isHead, long now)
    {
    }

    /// <inheritdoc/>
    internal override void ReachedHeadLocked(long now)
    {
    }

    /// <inheritdoc/>
    internal override void LeftQueueLocked(bool wasHead, long now)
    {
    }

    /// <inheritdoc/>
    internal override void CommittingLocked(long position, object trace)
    {
    }

    /// <inheritdoc/>
    internal override void Ended(object? trace, PutWait wait, Exception? error)
    {
    }
}
