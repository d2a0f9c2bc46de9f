using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using RabbitMQ.Client.Exceptions;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// Describes in one line why no connection could be opened. The client reports that no endpoint was reachable, whatever the cause.
/// </summary>
internal static class ConnectFailure
{
    /// <summary>The cause, or the cause of each node where they differ.</summary>
    /// <param name="error">The client's exception.</param>
    /// <param name="tls">The TLS settings; null if the connection did not get that far.</param>
    internal static string Describe(Exception error, BrokerTls? tls) =>
        string.Join("; ", Causes(error).Select(cause => Describe(cause, tls?.Problem)).Distinct(StringComparer.Ordinal));

    private static string Describe(Exception cause, string? certificate) => cause switch
    {
        AuthenticationException when certificate is not null => $"TLS failed: {certificate}.",
        AuthenticationException or CryptographicException => $"TLS failed: {cause.Message}",
        AuthenticationFailureException or PossibleAuthenticationFailureException =>
            $"the broker has refused user or password: {Line(cause.Message)}",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
            "its host name is not known.",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "nothing listens there.",
        TimeoutException or OperationCanceledException => "it did not answer in time.",
        OperationInterruptedException { ShutdownReason: { } reason } => $"the broker has refused the connection: {Line(reason.ReplyText)}",
        EndOfStreamException =>
            "it has ended the connection, as what speaks no AMQP does, or a broker that expects TLS, or a client certificate.",
        _ => Line(cause.Message),
    };

    /// <summary>The innermost exceptions, and those that say more than their inner ones.</summary>
    private static IEnumerable<Exception> Causes(Exception error) => error switch
    {
        AggregateException several => several.InnerExceptions.SelectMany(Causes),
        AuthenticationFailureException or PossibleAuthenticationFailureException or AuthenticationException
            or OperationInterruptedException or SocketException => [error],
        { InnerException: { } inner } => Causes(inner),
        _ => [error],
    };

    private static string Line(string text) => text.ReplaceLineEndings(" ").Trim();
}
