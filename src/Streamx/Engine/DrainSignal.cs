namespace Streamx.Engine;

/// <summary>Completes the tasks that await the end of the stream: the drain, and the stream with its outcome.</summary>
internal sealed class DrainSignal : Waiter
{
    /// <summary>Ends when everything accepted has been finished.</summary>
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The same moment, with the fault.</summary>
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the end has been decided. Guarded by the core's lock.</summary>
    internal bool IsDecided { get; set; }

    /// <summary>The fault the stream ended with. Written under the core's lock before the release.</summary>
    internal Exception? Error { get; set; }

    /// <summary>Ends when everything accepted has been finished; never faults.</summary>
    internal Task Drained => _drained.Task;

    /// <summary>Ends when everything accepted has been finished; faults with the stream.</summary>
    internal Task Completion => _completion.Task;

    /// <inheritdoc/>
    internal override AwaitedWaiter? Complete()
    {
        if (Error is null)
        {
            _completion.TrySetResult();
        }
        else
        {
            _completion.TrySetException(Error);
            // Observed here: a stream whose Completion is not awaited must not raise UnobservedTaskException.
            _ = _completion.Task.Exception;
        }

        _drained.TrySetResult();
        return null;
    }
}
