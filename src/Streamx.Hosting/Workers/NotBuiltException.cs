namespace Streamx.Hosting.Workers;

/// <summary>
/// A handler could not be built. This is a failure of the consumer, not of the value in hand, which has never been tried.
/// </summary>
/// <remarks>Passed only from the handler to its worker: users see the inner failure.</remarks>
internal sealed class NotBuiltException(Exception cause) : Exception(message: null, cause)
{
    /// <summary>The exception that users see.</summary>
    internal static Exception CauseOf(Exception error) => error is NotBuiltException { InnerException: { } cause } ? cause : error;
}
