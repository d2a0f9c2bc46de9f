using System.Diagnostics.CodeAnalysis;

namespace Streamx.Hosting.Remote;

/// <summary>Wakes one loop when there may be something to do. Set several times before the loop looks, it wakes the loop once.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no handle, since AvailableWaitHandle is never read.")]
internal sealed class AsyncAutoResetEvent
{
    private readonly SemaphoreSlim _semaphore = new(0);

    /// <summary>1 while it is set and no wait has ended since.</summary>
    private int _isSet;

    /// <summary>Wakes the loop. The caller writes the work before it calls this.</summary>
    internal void Set()
    {
        if (Interlocked.Exchange(ref _isSet, 1) == 0) _semaphore.Release();
    }

    /// <summary>Waits until it is set.</summary>
    internal async Task WaitAsync(CancellationToken cancellationToken)
    {
        await _semaphore.WaitAsync(cancellationToken).ConfigureAwait(false);
        // Cleared before the caller looks: a Set that the flag swallowed came before this, and so did the work it announced.
        Interlocked.Exchange(ref _isSet, 0);
    }
}
