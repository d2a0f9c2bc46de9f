namespace Streamx.Hosting.Streams;

/// <summary>Holds back one producer's puts while it is paused.</summary>
/// <param name="onChange">Called when it has been paused or resumed. Safe from any thread.</param>
internal sealed class ProducerPause(Action? onChange = null)
{
    /// <summary>Guards the changes.</summary>
    private readonly Lock _lock = new();

    /// <summary>Ends when the producer is resumed; null while it is not paused.</summary>
    private volatile TaskCompletionSource? _resumed;

    /// <summary>Whether pauses are no longer possible.</summary>
    private bool _isResumedForGood;

    /// <summary>Whether puts are held back.</summary>
    internal bool IsPaused => _resumed is not null;

    /// <summary>Holds puts back from now on.</summary>
    /// <returns>Whether that changed anything; false also when the stream is about to end.</returns>
    internal bool Pause()
    {
        lock (_lock)
        {
            if (_isResumedForGood || _resumed is not null) return false;
            _resumed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        onChange?.Invoke();
        return true;
    }

    /// <summary>Lets puts through again.</summary>
    /// <param name="forGood">Whether further pauses are refused.</param>
    /// <returns>Whether that changed anything.</returns>
    internal bool Resume(bool forGood = false)
    {
        TaskCompletionSource? resumed;
        lock (_lock)
        {
            _isResumedForGood |= forGood;
            resumed = _resumed;
            _resumed = null;
        }

        if (resumed is null) return false;
        onChange?.Invoke();
        return resumed.TrySetResult();
    }

    /// <summary>Waits while paused.</summary>
    internal async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        while (_resumed is { } resumed) await resumed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
