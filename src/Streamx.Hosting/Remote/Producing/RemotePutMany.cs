using Streamx.Engine;

namespace Streamx.Hosting.Remote.Producing;

/// <summary>A call that puts many values into a stream between processes: its observer and its caller see one put.</summary>
/// <remarks>
/// It observes the puts of its values, which are queued in one step, so that they stand together and leave the queue in their order. An
/// error applies to the rest: values that have been appended are accepted or refused from the first on.
/// </remarks>
/// <param name="count">How many values it puts.</param>
/// <param name="observer">Observes the call.</param>
/// <param name="trace">The trace of the call.</param>
/// <param name="errorOf">
/// Makes the caller's exception from the number of accepted values and the error of the others that failed last.
/// </param>
internal sealed class RemotePutMany(int count, PutObserver observer, object? trace, Func<int, Exception, Exception> errorOf) : PutObserver
{
    private readonly TaskCompletionSource _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Guards <see cref="_ended"/>, <see cref="_accepted"/>, <see cref="_wait"/> and <see cref="_error"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>How many of its values have been queued. Guarded by the lock of the queue, as the two fields below.</summary>
    private int _queued;

    /// <summary>How many of its values no longer wait.</summary>
    private int _left;

    /// <summary>Whether it is, or was, at the head of the queue.</summary>
    private bool _hasReachedHead;

    private int _ended;
    private int _accepted;
    private PutWait _wait;
    private Exception? _error;

    /// <summary>Ends with the last of its values. A cancelled call fails with an exception, which says how many were accepted.</summary>
    internal Task Task => _source.Task;

    /// <inheritdoc/>
    internal override object? Begin() => trace;

    /// <inheritdoc/>
    internal override void Forget(object? trace)
    {
    }

    /// <inheritdoc/>
    internal override void QueuedLocked(bool isHead, long now)
    {
        if (_queued++ > 0) return;
        _hasReachedHead = isHead;
        observer.QueuedLocked(isHead, now);
    }

    /// <inheritdoc/>
    internal override void ReachedHeadLocked(long now)
    {
        if (_hasReachedHead) return;
        _hasReachedHead = true;
        observer.ReachedHeadLocked(now);
    }

    /// <inheritdoc/>
    internal override void LeftQueueLocked(bool wasHead, long now)
    {
        if (++_left == count) observer.LeftQueueLocked(_hasReachedHead, now);
    }

    /// <inheritdoc/>
    internal override void CommittingLocked(long position, object trace)
    {
    }

    /// <inheritdoc/>
    internal override void Ended(object? trace, PutWait wait, Exception? error)
    {
        lock (_lock)
        {
            _wait = _wait.And(wait.Ticks, wait.MarginalTicks, wait.GatedBy);
            if (error is null) _accepted++;
            // Values that have been sent fail after those that still wait: their error says that consumers may have received them.
            _error = error ?? _error;
            if (++_ended < count) return;
        }

        End(trace, _error is null ? null : errorOf(_accepted, _error));
    }

    private void End(object? trace, Exception? error)
    {
        observer.Count(_accepted);
        observer.EndedMany(trace, _wait, _accepted, error);
        if (error is null) _source.TrySetResult();
        else _source.TrySetException(error);
    }
}
