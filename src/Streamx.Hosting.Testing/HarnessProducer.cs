namespace Streamx.Hosting.Testing;

/// <summary>A registered producer in the hands of a test.</summary>
/// <typeparam name="T">The type of the stream's values.</typeparam>
public sealed class HarnessProducer<T> : HarnessWorker
{
    private readonly Func<StreamxProducerStatus> _status;

    /// <summary>What has been accepted. Guarded by itself.</summary>
    private readonly List<T> _put = [];

    internal HarnessProducer(string name, StreamxHarness harness, Func<StreamxProducerStatus> status)
        : base(name, harness) => _status = status;

    /// <summary>What it is doing, and its counters.</summary>
    public StreamxProducerStatus Status => _status();

    /// <summary>The values it has put, in order: those that the stream has accepted.</summary>
    public IReadOnlyList<T> Put
    {
        get
        {
            lock (_put) return [.. _put];
        }
    }

    /// <summary>Lets a held producer make one put, and waits until its value, or values, have been accepted.</summary>
    /// <remarks>Also returns when the producer has ended or failed instead.</remarks>
    /// <exception cref="InvalidOperationException">It is not held.</exception>
    /// <exception cref="TimeoutException">
    /// It did not put, or consumers did not let it, within <see cref="StreamxHarness.WaitLimit"/>.
    /// </exception>
    public async Task StepAsync()
    {
        RequireHeld();
        var (put, backoffs) = (Put.Count, Backoffs);
        Barrier.LetOne();
        await Harness.WaitUntilAsync(
            () => Put.Count > put || Backoffs > backoffs || Status.State is StreamxProducerState.Ended or StreamxProducerState.Failed,
            $"'{Name}' to put once").ConfigureAwait(false);
    }

    /// <summary>Waits until it has put so many values, all in all.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="TimeoutException">It has not within <see cref="StreamxHarness.WaitLimit"/>.</exception>
    public Task WaitForPutsAsync(int count) =>
        Harness.WaitUntilAsync(() => Put.Count >= count, $"'{Name}' to have put {StreamHealth.Count(count, "value", "values")}");

    /// <summary>Notes an accepted value.</summary>
    internal void OnPut(T value)
    {
        lock (_put) _put.Add(value);
        Harness.Changes.Notify();
    }

    /// <summary>Notes that a put waits.</summary>
    internal void OnWaiting() => Harness.Changes.Notify();
}
