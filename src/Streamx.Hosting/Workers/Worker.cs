namespace Streamx.Hosting;

/// <summary>A producer or a consumer that the host runs.</summary>
internal abstract class Worker(string name)
{
    /// <summary>The worker's name.</summary>
    internal string Name { get; } = name;

    /// <summary>The run. It faults only if a logger does. Completed while the worker has not been started.</summary>
    internal Task Run { get; private set; } = Task.CompletedTask;

    /// <summary>Whether the run was, or has to be, cut short by an abort.</summary>
    internal virtual bool WasAborted => false;

    /// <summary>Starts the run on the thread pool, without the starter's execution context.</summary>
    /// <remarks>A start-up activity, or any other <see cref="AsyncLocal{T}"/> of the starter, must not become every value's parent.</remarks>
    internal void Start()
    {
        using (ExecutionContext.SuppressFlow()) Run = Task.Run(RunAsync);
    }

    /// <summary>Runs to the end and deals with every failure.</summary>
    protected abstract Task RunAsync();
}
