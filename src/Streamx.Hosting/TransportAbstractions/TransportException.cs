namespace Streamx.Hosting;

/// <summary>A stream between processes could not be reached, or a session has been lost. Trying again later may help.</summary>
public sealed class TransportException : Exception
{
    /// <summary>Whether trying again is of no use.</summary>
    public bool IsFinal { get; init; }

    /// <summary>Creates the exception with a general message.</summary>
    public TransportException()
        : base("The stream cannot be reached.")
    {
    }

    /// <summary>Creates the exception with a message of its own.</summary>
    /// <param name="message">What could not be reached, or which session was lost, and why.</param>
    public TransportException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What could not be reached, or which session was lost, and why.</param>
    /// <param name="innerException">What led to it.</param>
    public TransportException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
