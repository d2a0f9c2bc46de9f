namespace Streamx.Hosting.Streams;

/// <summary>How a stream ends: its failure or the reason of its close, and when its end has been measured.</summary>
internal sealed class StreamEnd
{
    private readonly StreamBackend _backend;
    private readonly StreamTelemetry _telemetry;

    /// <summary>Ends when a worker fails.</summary>
    private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Why the stream was closed; null while it has not been.</summary>
    private string? _closeReason;

    internal StreamEnd(StreamBackend backend, StreamTelemetry telemetry)
    {
        _backend = backend;
        _telemetry = telemetry;
        WhenFailed = FirstFailureAsync();
        WhenRecorded = RecordAsync();
    }

    /// <inheritdoc cref="HostedStream.WhenFailed"/>
    internal Task<Exception> WhenFailed { get; }

    /// <inheritdoc cref="HostedStream.HasFailed"/>
    internal bool HasFailed => _backend.WhenFaulted.IsCompleted || _failed.Task.IsCompleted;

    /// <inheritdoc cref="HostedStream.WhenEndRecorded"/>
    internal Task WhenRecorded { get; }

    /// <summary>A worker has failed: the stream faults, unless it has ended, and the host is told in any case.</summary>
    internal void Fail(Exception error)
    {
        _backend.TryFault(error);
        _failed.TrySetResult(error);
    }

    /// <summary>The stream is about to be closed. The first reason counts.</summary>
    internal void NoteReason(string reason)
    {
        if (_backend.State == StreamState.Open) Interlocked.CompareExchange(ref _closeReason, reason, null);
    }

    private async Task<Exception> FirstFailureAsync() =>
        await (await Task.WhenAny(_backend.WhenFaulted, _failed.Task).ConfigureAwait(false)).ConfigureAwait(false);

    private async Task RecordAsync()
    {
        await _backend.Drained.ConfigureAwait(false);
        _telemetry.OnDrained(_backend.Fault is null ? _closeReason ?? CloseReason.Completed : CloseReason.Fault, _backend.SinceEnded);
    }
}
