namespace Streamx.Hosting.Workers;

/// <summary>A handler could not be built. A failure of the consumer, and not of the value in hand, which has never been tried.</summary>
/// <remarks>Only goes from the handler to its worker: users see what the building failed with.</remarks>
internal sealed class NotBuiltException(Exception cause) : Exception(message: null, cause)
{
    /// <summary>What an exception tells users.</summary>
    internal static Exception CauseOf(Exception error) => error is NotBuiltException { InnerException: { } cause } ? cause : error;
}
