namespace Streamx;

/// <summary>A call that puts many values was cancelled before all of them had been accepted.</summary>
/// <remarks>Every subscription sees the first <see cref="AcceptedCount"/> values of the call, and none of the others.</remarks>
public sealed class StreamPutCanceledException : OperationCanceledException
{
    /// <summary>Creates the exception with a general message.</summary>
    public StreamPutCanceledException()
        : base("The put was cancelled.")
    {
    }

    /// <summary>Creates the exception with a message of its own.</summary>
    /// <param name="message">What was cancelled, and on which stream.</param>
    public StreamPutCanceledException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What was cancelled, and on which stream.</param>
    /// <param name="innerException">What led to it.</param>
    public StreamPutCanceledException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception with a message and the token that was cancelled.</summary>
    /// <param name="message">What was cancelled, and on which stream.</param>
    /// <param name="cancellationToken">The token that was cancelled.</param>
    public StreamPutCanceledException(string? message, CancellationToken cancellationToken)
        : base(message, cancellationToken)
    {
    }

    /// <summary>How many values of the call had been accepted, from its first on.</summary>
    /// <value>Zero by default.</value>
    public int AcceptedCount { get; init; }
}
