namespace Streamx.Hosting.Testing;

/// <summary>A registered consumer in the hands of a test: a handler, a batch handler, a loop or a processor.</summary>
/// <typeparam name="T">The type of the stream's values.</typeparam>
public sealed class HarnessConsumer<T> : HarnessWorker
{
    private readonly Func<StreamxConsumerStatus> _status;

    /// <summary>Guards the lists below.</summary>
    private readonly Lock _lock = new();

    /// <summary>The values it has taken and not settled, each with the slot that has it.</summary>
    private readonly List<(object? Slot, T Value)> _inHand = [];

    private readonly List<T> _finished = [];
    private readonly List<T> _skipped = [];
    private readonly List<T> _deadLettered = [];
    private readonly List<Exception> _failures = [];

    /// <summary>How many values it is known to have finished.</summary>
    private long _finishes;

    internal HarnessConsumer(string name, StreamxHarness harness, Func<StreamxConsumerStatus> status)
        : base(name, harness) => _status = status;

    /// <summary>What it is doing, and its counters.</summary>
    public StreamxConsumerStatus Status => _status();

    /// <summary>The values it has in hand, held or being handled: one, or a batch; with several slots those of each.</summary>
    public IReadOnlyList<T> InHand
    {
        get
        {
            lock (_lock) return [.. _inHand.Select(taken => taken.Value)];
        }
    }

    /// <summary>The values it has finished, in order.</summary>
    public IReadOnlyList<T> Finished => Copy(_finished);

    /// <summary>The values that were skipped after a failure without a dead-letter handler, in order.</summary>
    public IReadOnlyList<T> Skipped => Copy(_skipped);

    /// <summary>The values that the dead-letter handler took, in order.</summary>
    public IReadOnlyList<T> DeadLettered => Copy(_deadLettered);

    /// <summary>
    /// The failures of its handling, in order, one for each try. For a loop, whose code cannot be observed, only those that the test has
    /// made.
    /// </summary>
    public IReadOnlyList<Exception> Failures => Copy(_failures);

    /// <summary>
    /// Lets a held consumer go one step with the value it has in hand, or will have, and waits until that has been finished or otherwise
    /// settled.
    /// </summary>
    /// <remarks>A try that failed and is to be repeated is a step, too: the next try is held again.</remarks>
    /// <exception cref="InvalidOperationException">It is not held.</exception>
    /// <exception cref="TimeoutException">It did not settle the value within <see cref="StreamxHarness.WaitLimit"/>.</exception>
    public async Task StepAsync()
    {
        RequireHeld();
        await Harness.WaitUntilAsync(() => Barrier.IsOccupied, $"'{Name}' to have a value").ConfigureAwait(false);
        var (settled, failures, arrivals, backoffs) = (Settled, Failures.Count, Barrier.Arrivals, Backoffs);
        Barrier.LetOne();
        await Harness.WaitUntilAsync(
            // Of several slots another may come with a value meanwhile.
            () => Settled > settled || Backoffs > backoffs
                || (Status.Concurrency == 1 ? Barrier.Arrivals > arrivals : Failures.Count > failures) || HasEnded,
            $"'{Name}' to settle its value").ConfigureAwait(false);
    }

    /// <summary>
    /// Lets a held consumer go one step with one of the values that it has in hand, or will have, and waits until that has been finished or
    /// otherwise settled. For a consumer with <see cref="ConsumerOptions.Concurrency"/>; of a batch, one of its values stands for all.
    /// </summary>
    /// <param name="value">The value. Values are compared by <see cref="EqualityComparer{T}.Default"/>.</param>
    /// <remarks>A try that failed is a step, too: the next try is held again.</remarks>
    /// <exception cref="InvalidOperationException">It is not held.</exception>
    /// <exception cref="TimeoutException">It did not settle the value within <see cref="StreamxHarness.WaitLimit"/>.</exception>
    public async Task StepAsync(T value)
    {
        RequireHeld();
        await Harness.WaitUntilAsync(() => Barrier.Holds(IsItem), $"'{Name}' to have {value}").ConfigureAwait(false);
        var failures = Failures.Count;
        Barrier.LetOne(IsItem);
        await Harness.WaitUntilAsync(
            () => !InHand.Contains(value) || Failures.Count > failures || HasEnded, $"'{Name}' to settle {value}").ConfigureAwait(false);

        bool IsItem(object? step) => step is IReadOnlyList<T> values && values.Contains(value);
    }

    /// <summary>Waits until it has a value in hand.</summary>
    /// <returns>The value; of a batch the first.</returns>
    /// <exception cref="TimeoutException">It has none within <see cref="StreamxHarness.WaitLimit"/>.</exception>
    public async Task<T> WaitForValueAsync()
    {
        IReadOnlyList<T> inHand = [];
        await Harness.WaitUntilAsync(() => (inHand = InHand).Count > 0, $"'{Name}' to have a value").ConfigureAwait(false);
        return inHand[0];
    }

    /// <summary>Waits until it has finished so many values, all in all.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="TimeoutException">It has not within <see cref="StreamxHarness.WaitLimit"/>.</exception>
    public Task WaitForFinishedAsync(int count) =>
        Harness.WaitUntilAsync(() => Finished.Count >= count, $"'{Name}' to have finished {StreamHealth.Count(count, "value", "values")}");

    /// <summary>Notes values that its code is about to be called with; those in hand, if there are any, once more.</summary>
    internal void OnTaken(IReadOnlyList<T> values)
    {
        var slot = ConsumerMark.Slot;
        lock (_lock)
        {
            if (!_inHand.Exists(taken => taken.Slot == slot)) _inHand.AddRange(values.Select(value => (slot, value)));
        }

        Harness.Changes.Notify();
    }

    /// <summary>Notes a failed try.</summary>
    internal void OnFailed(Exception error)
    {
        lock (_lock) _failures.Add(error);
        Harness.Changes.Notify();
    }

    /// <summary>
    /// Notes that values in hand have been settled, in order: those of the slot whose code this is, or else the first ones.
    /// </summary>
    internal void OnSettled(string outcome, int count)
    {
        var slot = ConsumerMark.Slot;
        lock (_lock)
        {
            if (outcome == ItemOutcome.Finished) _finishes += count;
            var first = Math.Max(0, _inHand.FindIndex(taken => taken.Slot == slot));
            var settled = _inHand.Skip(first).Take(count).Select(taken => taken.Value).ToList();
            _inHand.RemoveRange(first, settled.Count);
            var list = outcome switch
            {
                ItemOutcome.Finished => _finished,
                ItemOutcome.Skipped => _skipped,
                ItemOutcome.DeadLettered => _deadLettered,
                _ => null,
            };
            list?.AddRange(settled);
        }
    }

    /// <summary>Whether all it has finished is known here: the stream goes on before it reports.</summary>
    internal bool IsUpToDate
    {
        get
        {
            var finished = Status.ValuesFinished;
            lock (_lock) return _finishes >= finished;
        }
    }

    private bool HasEnded => Status.State is StreamxConsumerState.Detached or StreamxConsumerState.Ended or StreamxConsumerState.Failed;

    /// <summary>How many values have been settled.</summary>
    private int Settled
    {
        get
        {
            lock (_lock) return _finished.Count + _skipped.Count + _deadLettered.Count;
        }
    }

    private List<TItem> Copy<TItem>(List<TItem> list)
    {
        lock (_lock) return [.. list];
    }
}
