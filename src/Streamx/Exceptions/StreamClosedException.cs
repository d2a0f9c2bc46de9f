namespace Streamx;

/// <summary>A value was put into a stream that had been closed. The value was not accepted.</summary>
public sealed class StreamClosedException : InvalidOperationException
{
    /// <summary>The engine of the stream that refused the value.</summary>
    internal object? Origin { get; init; }

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
