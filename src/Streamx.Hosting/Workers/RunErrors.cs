namespace Streamx.Hosting.Workers;

/// <summary>Tells failures of a consumer from exceptions that only say that something has ended.</summary>
/// <param name="stream">The stream it consumes.</param>
/// <param name="output">For a processor, where it puts.</param>
internal sealed class RunErrors(HostedStream stream, OutputPort? output)
{
    /// <summary>Whether an exception is no failure: the consumer was told to give up, or a stream has ended while it ran.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="isOver">Whether the end of the consumer's attachment has been decided.</param>
    internal bool IsNormalEnd(Exception error, bool isOver) => error switch
    {
        OperationCanceledException => stream.IsAborting || isOver,
        HostDisposedException => true,
        // The output stream has been aborted. Its own stream cannot prevent that, as it cannot prevent its own abort.
        StreamClosedException closed => output?.Target is { IsAborting: true } target && target.Refused(closed),
        // The stream's own end, which has been logged where it happened.
        StreamFaultedException { InnerException: { } fault } => fault == stream.Fault,
        _ => false,
    };

    /// <summary>Whether a retry cannot succeed: the stream that a processor puts into has ended.</summary>
    internal bool IsFinal(Exception error) => error switch
    {
        StreamClosedException closed => output?.Target?.Refused(closed) ?? false,
        StreamFaultedException { InnerException: { } fault } => output?.Target?.Fault == fault,
        _ => false,
    };

    /// <summary>Whether a normal end came before its time, so that the consumer has been aborted.</summary>
    /// <param name="error">What it ended with.</param>
    /// <param name="hasSomethingToDo">Whether there were values left for it, or it was at work after the last of them.</param>
    internal bool IsAbort(Exception error, bool hasSomethingToDo) => error switch
    {
        HostDisposedException or StreamClosedException => true,
        OperationCanceledException => stream.IsAborting && hasSomethingToDo,
        _ => false,
    };
}
