using System.Threading.Tasks.Sources;

namespace Streamx.Engine;

/// <summary>A put that waits, and the task its caller awaits. Reused through the core's pool.</summary>
internal sealed class PutWaiter<T>(StreamCore<T> core) : AwaitedWaiter, IValueTaskSource
{
    /// <summary>Withdraws the put. Written by the caller's thread before it gets the task, read when it takes the result.</summary>
    private CancellationTokenRegistration _registration;

    /// <summary>The token that withdraws the put.</summary>
    internal CancellationToken CancellationToken { get; set; }

    /// <summary>The value of a put of one. Guarded by the core's lock; cleared as soon as the put is decided.</summary>
    internal T Value { get; set; } = default!;

    /// <summary>
    /// The values of a put of many, where the caller keeps them. Guarded by the core's lock; cleared as soon as the put is decided.
    /// </summary>
    internal ArraySegment<T> Values { get; set; }

    /// <summary>How many values a put of many has; zero for a put of one.</summary>
    internal int Count { get; set; }

    /// <summary>How many of them have committed. Guarded by the core's lock until released.</summary>
    internal int Accepted { get; set; }

    /// <summary>How many values wait. Needs the core's lock.</summary>
    internal int Remaining => Count == 0 ? 1 : Count - Accepted;

    /// <summary>The values of a put of many that wait. Needs the core's lock.</summary>
    /// <remarks>Not <c>AsSpan</c>, which throws for an array of a derived type.</remarks>
    internal ReadOnlySpan<T> Rest => new(Values.Array, Values.Offset + Accepted, Count - Accepted);

    /// <summary>When the put, or the first of its values that wait, began to wait. Guarded by the core's lock.</summary>
    internal long WaitingSince { get; set; }

    /// <summary>Observes the put; null for none.</summary>
    internal PutObserver? Observer { get; set; }

    /// <summary>The trace that the observer gave the put; null for none.</summary>
    internal object? Trace { get; set; }

    /// <summary>How it has waited at the head of the queue so far. Guarded by the core's lock until released.</summary>
    internal PutWait Wait { get; set; }

    /// <summary>The outcome. Guarded by the core's lock until released.</summary>
    internal PutOutcome Outcome { get; set; }

    /// <summary>Neighbours in the queue, or in the pool. Guarded by the core's lock.</summary>
    internal PutWaiter<T>? Previous { get; set; }

    /// <inheritdoc cref="Previous"/>
    internal PutWaiter<T>? Next { get; set; }

    /// <summary>The caller's task, to be taken once the put is in the queue and the lock is left.</summary>
    /// <remarks>
    /// The registration comes after the queueing, outside the lock: a token that is already cancelled runs its callback at once.
    /// </remarks>
    internal ValueTask AsTask()
    {
        if (CancellationToken.CanBeCanceled)
        {
            Interleaving.Point("register put");
            _registration = CancellationToken.UnsafeRegister(
                static state =>
                {
                    var waiter = (PutWaiter<T>)state!;
                    waiter.Core.CancelPut(waiter);
                },
                this);
        }

        return new ValueTask(this, Version);
    }

    /// <inheritdoc/>
    protected override Exception? GetError() => Outcome switch
    {
        PutOutcome.Committed => null,
        PutOutcome.Cancelled when Count > 0 => core.PutCancelled(Accepted, Count, CancellationToken),
        PutOutcome.Cancelled => new OperationCanceledException(CancellationToken),
        _ => core.PutError(Outcome, Accepted, Count),
    };

    /// <inheritdoc/>
    public void GetResult(short token)
    {
        BeginTake(token, "put");
        Interleaving.Point("take put result");

        // A late callback must have returned before this object is reused. It only reads the outcome, so
        // waiting for it is short. The callback that cancelled the put is not waited for: it may be running user code
        // further down its release list, and it does not touch this object again.
        if (Outcome == PutOutcome.Cancelled) _registration.Unregister();
        else _registration.Dispose();

        _registration = default;
        CancellationToken = default;
        var (observer, trace, wait, accepted, count) = (Observer, Trace, Wait, Accepted, Count);
        Observer = null;
        Trace = null;
        Accepted = Count = 0;
        var error = Reset();
        core.Return(this);
        if (count == 0) observer?.Ended(trace, wait, error);
        else observer?.EndedMany(trace, wait, accepted, error);
        ThrowIfAny(error);
    }

    /// <summary>The stream this put belongs to.</summary>
    private StreamCore<T> Core => core;
}
