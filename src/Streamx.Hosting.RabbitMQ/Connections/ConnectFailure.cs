using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using RabbitMQ.Client.Exceptions;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// Says in one line why no connection could be opened. The client says that no endpoint was reachable, whatever the cause.
/// </summary>
internal static class ConnectFailure
{
    /// <summary>The cause, and that of each node where they differ.</summary>
    /// <param name="error">What the client has thrown.</param>
    /// <param name="tls">What was demanded of the broker; null if it did not come to that.</param>
    internal static string Describe(Exception error, BrokerTls? tls) =>
        string.Join("; ", Causes(error).Select(cause => Describe(cause, tls?.Problem)).Distinct(StringComparer.Ordinal));

    private static string Describe(Exception cause, string? certificate) => cause switch
    {
        AuthenticationException when certificate is not null => $"TLS failed: {certificate}.",
        AuthenticationException or CryptographicException => $"TLS failed: {cause.Message}",
        AuthenticationFailureException or PossibleAuthenticationFailureException => $"the broker has refused user or password: {Line(cause.Message)}",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => "its host name is not known.",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "nothing listens there.",
        TimeoutException or OperationCanceledException => "it did not answer in time.",
        OperationInterruptedException { ShutdownReason: { } reason } => $"the broker has refused the connection: {Line(reason.ReplyText)}",
        EndOfStreamException => "it has ended the connection, as what speaks no AMQP does, or a broker that expects TLS, or a client certificate.",
        _ => Line(cause.Message),
    };

    /// <summary>The exceptions at the bottom, but for those that say more than what is below them.</summary>
    private static IEnumerable<Exception> Causes(Exception error) => error switch
    {
        AggregateException several => several.InnerExceptions.SelectMany(Causes),
        AuthenticationFailureException or PossibleAuthenticationFailureException or AuthenticationException or OperationInterruptedException or SocketException => [error],
        { InnerException: { } inner } => Causes(inner),
        _ => [error],
    };

    private static string Line(string text) => text.ReplaceLineEndings(" ").Trim();
}
