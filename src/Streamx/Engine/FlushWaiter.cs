namespace Streamx.Engine;

/// <summary>A flush that waits until every gating subscription is past a position.</summary>
internal sealed class FlushWaiter : Waiter
{
    /// <summary>The caller's task.</summary>
    private readonly TaskCompletionSource _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>This waiter's place in the core's list, which is ordered by target.</summary>
    internal LinkedListNode<FlushWaiter> Node { get; }

    /// <summary>Creates the waiter.</summary>
    /// <param name="target">The position to be reached: the number of values accepted before the call.</param>
    internal FlushWaiter(long target)
    {
        Target = target;
        Node = new LinkedListNode<FlushWaiter>(this);
    }

    /// <summary>The position to be reached.</summary>
    internal long Target { get; }

    /// <summary>Why the flush failed; null when it succeeded. Written under the core's lock before the release.</summary>
    internal Exception? Error { get; set; }

    /// <summary>The caller's task.</summary>
    internal Task Task => _source.Task;

    /// <inheritdoc/>
    internal override AwaitedWaiter? Complete()
    {
        if (Error is null) _source.TrySetResult();
        else if (Error is OperationCanceledException cancelled) _source.TrySetCanceled(cancelled.CancellationToken);
        else _source.TrySetException(Error);
        return null;
    }
}
