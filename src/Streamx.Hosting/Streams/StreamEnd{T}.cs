namespace Streamx.Hosting;

/// <summary>How a stream ends: with which failure, or closed by whom; and that it is measured.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class StreamEnd<T>
{
    private readonly AsyncStream<T> _stream;
    private readonly StreamTelemetry _telemetry;

    /// <summary>Ends when a worker fails.</summary>
    private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Why the stream was closed, once somebody has.</summary>
    private string? _closeReason;

    internal StreamEnd(AsyncStream<T> stream, StreamTelemetry telemetry)
    {
        _stream = stream;
        _telemetry = telemetry;
        WhenFailed = FirstFailureAsync();
        WhenRecorded = RecordAsync();
    }

    /// <inheritdoc cref="HostedStream.WhenFailed"/>
    internal Task<Exception> WhenFailed { get; }

    /// <inheritdoc cref="HostedStream.HasFailed"/>
    internal bool HasFailed => _stream.WhenFaulted.IsCompleted || _failed.Task.IsCompleted;

    /// <inheritdoc cref="HostedStream.WhenEndRecorded"/>
    internal Task WhenRecorded { get; }

    /// <summary>A worker has failed: the stream faults, unless it has ended, and the host is told in any case.</summary>
    internal void Fail(Exception error)
    {
        _stream.BeginFault(error);
        _failed.TrySetResult(error);
    }

    /// <summary>The stream is about to be closed. The first reason counts.</summary>
    internal void NoteReason(string reason)
    {
        if (_stream.State == StreamState.Open) Interlocked.CompareExchange(ref _closeReason, reason, null);
    }

    private async Task<Exception> FirstFailureAsync() =>
        await (await Task.WhenAny(_stream.WhenFaulted, _failed.Task).ConfigureAwait(false)).ConfigureAwait(false);

    private async Task RecordAsync()
    {
        await _stream.Drained.ConfigureAwait(false);
        _telemetry.OnDrained(_stream.Fault is null ? _closeReason ?? CloseReason.Completed : CloseReason.Fault, _stream.SinceEnded);
    }
}
