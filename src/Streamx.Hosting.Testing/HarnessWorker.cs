namespace Streamx.Hosting.Testing;

/// <summary>A worker in the hands of a test, which holds it, lets it go and makes it fail.</summary>
/// <remarks>All members may be called from any thread, before the harness starts too.</remarks>
public abstract class HarnessWorker
{
    /// <summary>The wait before its next try, if there is one.</summary>
    private volatile HarnessTimer? _backoff;

    /// <summary>How many such waits there have been.</summary>
    private int _backoffs;

    private protected HarnessWorker(string name, StreamxHarness harness)
    {
        Name = name;
        Harness = harness;
        Barrier = new StepBarrier(harness.Changes);
    }

    /// <summary>Its name, as registered.</summary>
    public string Name { get; }

    /// <summary>Whether it is held by the test.</summary>
    public bool IsHeld => Barrier.IsHeld;

    /// <summary>The barrier that it passes before each step.</summary>
    internal StepBarrier Barrier { get; }

    /// <summary>The harness it runs in.</summary>
    private protected StreamxHarness Harness { get; }

    /// <summary>How many waits before another try there have been.</summary>
    private protected int Backoffs => Volatile.Read(ref _backoffs);

    /// <summary>Holds it before its next step: a consumer with a value that its code has not seen yet, a producer before its put.</summary>
    public void Hold() => Barrier.Hold();

    /// <summary>Lets it go on, and stops holding it.</summary>
    public void Release() => Barrier.Release();

    /// <summary>Makes its next steps fail, instead of its code: a consumer's handling, a loop's read, a producer's put.</summary>
    /// <param name="error">What they fail with.</param>
    /// <param name="times">How many of them, after those it has been made to fail before.</param>
    /// <exception cref="ArgumentNullException"><paramref name="error"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is below 1.</exception>
    public void FailNext(Exception error, int times = 1)
    {
        ArgumentNullException.ThrowIfNull(error);
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        Barrier.FailNext(error, times);
    }

    /// <summary>Waits until it waits before a retry or a restart.</summary>
    /// <returns>How long that wait is, jitter included: advancing <see cref="StreamxHarness.Time"/> by it begins the next try.</returns>
    /// <remarks>A delay of zero is no wait.</remarks>
    /// <exception cref="TimeoutException">It did not within <see cref="StreamxHarness.WaitLimit"/>.</exception>
    public async Task<TimeSpan> WaitForBackoffAsync()
    {
        TimeSpan? due = null;
        await Harness.WaitUntilAsync(() => (due = _backoff?.Due) is not null, $"'{Name}' to wait before another try").ConfigureAwait(false);
        return due!.Value;
    }

    /// <summary>Notes that it waits before another try.</summary>
    internal void OnBackoff(HarnessTimer timer)
    {
        _backoff = timer;
        Interlocked.Increment(ref _backoffs);
        Harness.Changes.Notify();
    }

    /// <summary>Refuses to step a worker that is not held.</summary>
    private protected void RequireHeld()
    {
        if (!IsHeld) throw new InvalidOperationException($"'{Name}' runs freely. Call {nameof(Hold)} before stepping it.");
    }
}
