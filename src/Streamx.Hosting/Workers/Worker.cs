namespace Streamx.Hosting.Workers;

/// <summary>A producer or a consumer that the host runs.</summary>
/// <param name="name">Its name.</param>
/// <param name="role">What it is, for telemetry.</param>
/// <param name="telemetry">Measures its stream.</param>
internal abstract class Worker(string name, string role, StreamTelemetry telemetry)
{
    /// <summary>How often it failed.</summary>
    private long _faults;

    /// <summary>How often it was started again.</summary>
    private long _restarts;

    /// <inheritdoc cref="LastFailure"/>
    private volatile StreamxFailure? _lastFailure;

    /// <summary>The worker's name.</summary>
    internal string Name { get; } = name;

    /// <summary>The run. Does not fault. Completed while the worker has not been started.</summary>
    internal Task Run { get; private set; } = Task.CompletedTask;

    /// <summary>How often it failed.</summary>
    internal long Faults => Interlocked.Read(ref _faults);

    /// <summary>How often it was started again.</summary>
    internal long Restarts => Interlocked.Read(ref _restarts);

    /// <summary>Its last failure; null if it has not failed.</summary>
    internal StreamxFailure? LastFailure => _lastFailure;

    /// <summary>Starts a run on the thread pool, without the starter's execution context.</summary>
    /// <remarks>
    /// A start-up activity, or any other <see cref="AsyncLocal{T}"/> of the starter, must not become every value's parent.
    /// </remarks>
    protected void Start(Func<Task> run)
    {
        using AsyncFlowControl? suppressed = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        Run = Task.Run(run);
    }

    /// <summary>Counts a failure.</summary>
    /// <param name="error">The failure.</param>
    /// <param name="item">What was in hand.</param>
    internal void CountFault(Exception error, ItemInHand item = default)
    {
        NoteFailure(error, item);
        Interlocked.Increment(ref _faults);
        telemetry.Metrics.OnFault(telemetry.Name, role, Name, error);
    }

    /// <summary>Records the failure, for operators.</summary>
    /// <param name="error">The failure.</param>
    /// <param name="item">What was in hand.</param>
    internal void NoteFailure(Exception error, ItemInHand item = default) => _lastFailure = StreamxFailure.Of(error, telemetry.Clock, item);

    /// <summary>Counts a restart.</summary>
    /// <param name="error">What it had failed with.</param>
    internal void CountRestart(Exception error)
    {
        Interlocked.Increment(ref _restarts);
        telemetry.Metrics.OnRestart(telemetry.Name, role, Name, error);
    }
}
