using System.Diagnostics.CodeAnalysis;

namespace Streamx.Hosting.Remote;

/// <summary>Wakes one loop when there may be something to do. Rung several times before it looks, it wakes it once.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no handle, since nobody asks for one.")]
internal sealed class Bell
{
    private readonly SemaphoreSlim _semaphore = new(0);

    /// <summary>1 while it has been rung and not been heard.</summary>
    private int _isRung;

    /// <summary>Rings. What there is to do has been written before.</summary>
    internal void Ring()
    {
        if (Interlocked.Exchange(ref _isRung, 1) == 0) _semaphore.Release();
    }

    /// <summary>Waits until it is rung.</summary>
    internal async Task WaitAsync(CancellationToken cancellationToken)
    {
        await _semaphore.WaitAsync(cancellationToken).ConfigureAwait(false);
        // Before the caller looks: a ring that is swallowed by the flag came before this, and so did what it was rung for.
        Interlocked.Exchange(ref _isRung, 0);
    }
}
