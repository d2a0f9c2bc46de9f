namespace Streamx.Hosting;

/// <summary>A producer or a consumer that the host runs.</summary>
internal abstract class Worker(string name)
{
    /// <summary>How often it failed.</summary>
    private long _faults;

    /// <summary>How often it was started again.</summary>
    private long _restarts;

    /// <summary>The worker's name.</summary>
    internal string Name { get; } = name;

    /// <summary>The run. It faults only if a logger does. Completed while the worker has not been started.</summary>
    internal Task Run { get; private set; } = Task.CompletedTask;

    /// <summary>How often it failed.</summary>
    internal long Faults => Interlocked.Read(ref _faults);

    /// <summary>How often it was started again.</summary>
    internal long Restarts => Interlocked.Read(ref _restarts);

    /// <summary>Starts a run on the thread pool, without the starter's execution context.</summary>
    /// <remarks>A start-up activity, or any other <see cref="AsyncLocal{T}"/> of the starter, must not become every value's parent.</remarks>
    protected void Start(Func<Task> run)
    {
        using AsyncFlowControl? suppressed = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        Run = Task.Run(run);
    }

    /// <summary>Counts a failure.</summary>
    protected void CountFault() => Interlocked.Increment(ref _faults);

    /// <summary>Counts a restart.</summary>
    protected void CountRestart() => Interlocked.Increment(ref _restarts);
}
