namespace Streamx;

/// <summary>The stream ended with an error, which is the <see cref="Exception.InnerException"/>.</summary>
/// <remarks>
/// Consumers get it after the values accepted before the fault; puts and flushes get it from then on;
/// <see cref="AsyncStream{T}.Completion"/> ends with it. Each of them gets an instance of its own.
/// </remarks>
public sealed class StreamFaultedException : Exception
{
    /// <summary>How many values of a call that puts many had been accepted before the fault, from its first on.</summary>
    /// <value>Zero by default, and for anything but such a call.</value>
    public int AcceptedCount { get; init; }

    /// <summary>Creates the exception with a general message.</summary>
    public StreamFaultedException()
        : base("The stream has faulted.")
    {
    }

    /// <summary>Creates the exception with a message of its own.</summary>
    /// <param name="message">Which stream faulted.</param>
    public StreamFaultedException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and the fault.</summary>
    /// <param name="message">Which stream faulted.</param>
    /// <param name="innerException">The error the stream was faulted with.</param>
    public StreamFaultedException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
