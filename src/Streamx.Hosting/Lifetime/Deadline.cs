namespace Streamx.Hosting.Lifetime;

/// <summary>A moment after which waiting is over, on a given clock.</summary>
internal sealed class Deadline : IDisposable
{
    /// <summary>Cancelled at the moment.</summary>
    private readonly CancellationTokenSource _timer;

    /// <summary>Cancelled at the moment, or earlier from outside.</summary>
    private readonly CancellationTokenSource _linked;

    /// <summary>How far away the moment was when it was set.</summary>
    private readonly TimeSpan _after;

    private readonly TimeProvider _clock;

    /// <summary>When the moment was set, as a timestamp.</summary>
    private readonly long _since;

    /// <summary>Sets the moment.</summary>
    /// <param name="after">How far away it is; infinite for never.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="earlier">Brings the moment about at once.</param>
    internal Deadline(TimeSpan after, TimeProvider timeProvider, CancellationToken earlier = default)
    {
        (_after, _clock, _since) = (after, timeProvider, timeProvider.GetTimestamp());
        _timer = new CancellationTokenSource(after, timeProvider);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, earlier);
    }

    /// <summary>Cancelled when waiting is over.</summary>
    internal CancellationToken Token => _linked.Token;

    /// <summary>How far away the moment is; zero once it has come, null for never.</summary>
    internal TimeSpan? Left
    {
        get
        {
            if (_after == Timeout.InfiniteTimeSpan) return null;
            var left = _after - _clock.GetElapsedTime(_since);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

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
