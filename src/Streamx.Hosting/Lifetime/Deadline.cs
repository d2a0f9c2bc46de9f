namespace Streamx.Hosting.Lifetime;

/// <summary>A moment after which waiting is over, on a given clock.</summary>
internal sealed class Deadline : IDisposable
{
    /// <summary>Cancelled at the moment.</summary>
    private readonly CancellationTokenSource _timer;

    /// <summary>Cancelled at the moment, or earlier from outside.</summary>
    private readonly CancellationTokenSource _linked;

    /// <summary>Sets the moment.</summary>
    /// <param name="after">How far away it is; infinite for never.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="earlier">Brings the moment about at once.</param>
    internal Deadline(TimeSpan after, TimeProvider timeProvider, CancellationToken earlier = default)
    {
        _timer = new CancellationTokenSource(after, timeProvider);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, earlier);
    }

    /// <summary>Cancelled when waiting is over.</summary>
    internal CancellationToken Token => _linked.Token;

    /// <summary>Waits for a task until the moment comes.</summary>
    /// <returns>Whether the task ended, well or not, in time.</returns>
    internal async Task<bool> WaitAsync(Task task)
    {
        await task.WaitAsync(_linked.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompleted;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _linked.Dispose();
        _timer.Dispose();
    }
}
