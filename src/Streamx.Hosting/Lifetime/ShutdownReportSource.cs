namespace Streamx.Hosting.Lifetime;

/// <inheritdoc/>
/// <remarks>Separate from the coordinator, so that resolving it does not build the streams.</remarks>
internal sealed class ShutdownReportSource : IStreamxShutdown
{
    /// <summary>Ends with the report.</summary>
    private readonly TaskCompletionSource<ShutdownReport> _report = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public Task<ShutdownReport> Report => _report.Task;

    /// <summary>Publishes that there is no report, because of an error.</summary>
    internal void Fail(Exception error)
    {
        _report.TrySetException(error);
        // The exception is observed here, since the application need not ask for the report.
        _ = _report.Task.Exception;
    }

    /// <summary>Publishes the report; only the first one counts.</summary>
    internal void Publish(ShutdownReport report) => _report.TrySetResult(report);
}
