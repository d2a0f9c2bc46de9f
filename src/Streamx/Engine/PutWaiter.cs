using System.Threading.Tasks.Sources;

namespace Streamx.Engine;

/// <summary>A put that waits, and the task its caller awaits. Reused through the core's pool.</summary>
internal sealed class PutWaiter<T>(StreamCore<T> core) : AwaitedWaiter, IValueTaskSource
{
    /// <summary>Withdraws the put. Written by the caller's thread before it gets the task, read when it takes the result.</summary>
    private CancellationTokenRegistration _registration;

    /// <summary>The token that withdraws the put.</summary>
    internal CancellationToken CancellationToken { get; set; }

    /// <summary>The value. Guarded by the core's lock; cleared as soon as the put is decided.</summary>
    internal T Value { get; set; } = default!;

    /// <summary>When the put began to wait. Guarded by the core's lock.</summary>
    internal long WaitingSince { get; set; }

    /// <summary>Who follows the put; null for nobody.</summary>
    internal PutObserver? Observer { get; set; }

    /// <summary>What the observer traces the put by; null when it does not.</summary>
    internal object? Trace { get; set; }

    /// <summary>How it has waited at the head of the queue so far. Guarded by the core's lock until released.</summary>
    internal PutWait Wait { get; set; }

    /// <summary>What became of the put. Guarded by the core's lock until released.</summary>
    internal PutOutcome Outcome { get; set; }

    /// <summary>Neighbours in the queue, or in the pool. Guarded by the core's lock.</summary>
    internal PutWaiter<T>? Previous { get; set; }

    /// <inheritdoc cref="Previous"/>
    internal PutWaiter<T>? Next { get; set; }

    /// <summary>The caller's task, to be taken once the put is in the queue and the lock is left.</summary>
    /// <remarks>
    /// The registration comes after the queueing, outside the lock: an already cancelled token runs its callback here and now.
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
        PutOutcome.Cancelled => new OperationCanceledException(CancellationToken),
        _ => core.PutError(Outcome),
    };

    /// <inheritdoc/>
    public void GetResult(short token)
    {
        BeginTake(token, "put");
        Interleaving.Point("take put result");

        // A callback that came too late must be over before this object serves another put. It does nothing but look, so
        // waiting for it is short. The callback that did cancel the put is not waited for: it may be running user code
        // further down its release list, and it does not touch this object again.
        if (Outcome == PutOutcome.Cancelled) _registration.Unregister();
        else _registration.Dispose();

        _registration = default;
        CancellationToken = default;
        var (observer, trace, wait) = (Observer, Trace, Wait);
        Observer = null;
        Trace = null;
        var error = Reset();
        core.Return(this);
        observer?.Ended(trace, wait, error);
        ThrowIfAny(error);
    }

    /// <summary>The stream this put belongs to.</summary>
    private StreamCore<T> Core => core;
}
