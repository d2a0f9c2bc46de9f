namespace Streamx.Hosting.Transport;

/// <summary>A stream between processes could not be reached, or a session has been lost. Trying again later may help.</summary>
internal sealed class TransportException : Exception
{
    /// <summary>Whether it is not to be tried again.</summary>
    internal bool IsFinal { get; init; }

    internal TransportException(string message)
        : base(message)
    {
    }

    internal TransportException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
