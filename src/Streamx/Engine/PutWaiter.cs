using System.Threading.Tasks.Sources;

namespace Streamx.Engine;

/// <summary>A put that waits, and the task its caller awaits. Reused through the core's pool.</summary>
internal sealed class PutWaiter<T>(StreamCore<T> core) : Waiter, IValueTaskSource
{
    /// <summary>The caller's task. Reset when the caller has taken the result.</summary>
    private ManualResetValueTaskSourceCore<bool> _source;

    /// <summary>Withdraws the put. Written by the caller's thread before it gets the task, read when it takes the result.</summary>
    private CancellationTokenRegistration _registration;

    /// <summary>The token that withdraws the put.</summary>
    internal CancellationToken CancellationToken { get; set; }

    /// <summary>The value. Guarded by the core's lock; cleared as soon as the put is decided.</summary>
    internal T Value { get; set; } = default!;

    /// <summary>When the put began to wait. Guarded by the core's lock.</summary>
    internal long WaitingSince { get; set; }

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

        return new ValueTask(this, _source.Version);
    }

    /// <inheritdoc/>
    internal override void Release(bool inline)
    {
        _source.RunContinuationsAsynchronously = !inline;
        if (Outcome == PutOutcome.Committed) _source.SetResult(true);
        else _source.SetException(Outcome == PutOutcome.Cancelled ? new OperationCanceledException(CancellationToken) : core.PutError(Outcome));
    }

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    /// <inheritdoc/>
    public void GetResult(short token)
    {
        if (_source.GetStatus(token) == ValueTaskSourceStatus.Pending)
            throw new InvalidOperationException("The result of a put was taken before the put had completed. Await it instead.");

        Interleaving.Point("take put result");

        // A callback that came too late must be over before this object serves another put. It does nothing but look, so
        // waiting for it is short. The callback that did cancel the put is not waited for: it may be running user code
        // further down its release list, and it does not touch this object again.
        if (Outcome == PutOutcome.Cancelled) _registration.Unregister();
        else _registration.Dispose();

        try
        {
            _source.GetResult(token);
        }
        finally
        {
            _registration = default;
            CancellationToken = default;
            _source.Reset();
            core.Return(this);
        }
    }

    /// <summary>The stream this put belongs to.</summary>
    private StreamCore<T> Core => core;
}
