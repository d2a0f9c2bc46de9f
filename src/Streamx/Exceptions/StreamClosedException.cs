namespace Streamx;

/// <summary>A value was put into a stream that had been closed. The value was not accepted.</summary>
/// <remarks>
/// A call that puts many values gets it when no subscription is left to take the rest; <see cref="AcceptedCount"/> says how far it came.
/// </remarks>
public sealed class StreamClosedException : InvalidOperationException
{
    /// <summary>The engine of the stream that refused the value.</summary>
    internal object? Origin { get; init; }

    /// <summary>How many values of a call that puts many had been accepted, from its first on.</summary>
    /// <value>Zero by default, and for a put of one value.</value>
    public int AcceptedCount { get; init; }

    /// <summary>Creates the exception with a general message.</summary>
    public StreamClosedException()
        : base("The stream is closed.")
    {
    }

    /// <summary>Creates the exception with a message of its own.</summary>
    /// <param name="message">What was attempted, and on which stream.</param>
    public StreamClosedException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What was attempted, and on which stream.</param>
    /// <param name="innerException">What led to it.</param>
    public StreamClosedException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
