using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Why a step on a connection failed, or the connection ended.</summary>
internal static class StepFailure
{
    /// <summary>A text that an administrator can act on; for some exceptions the client gives only the name.</summary>
    internal static string Describe(Exception error) => error switch
    {
        PublishException { IsReturn: true } => "the broker has no queue for it, or none that has a leader.",
        PublishException =>
            "the broker refused it, as it does while a queue has no leader, or has no room under a limit of the broker's operator.",
        // The client cancels a question of its own after its timeout, which is the same as ours: either may be first.
        TimeoutException or OperationCanceledException => "the broker did not answer in time.",
        OperationInterruptedException { ShutdownReason: { } reason } => $"the broker has refused it: {reason.ReplyText}.",
        _ => error.Message,
    };

    /// <summary>The error of a connection or channel that the broker or the network ended.</summary>
    internal static TransportException Of(ShutdownEventArgs reason) =>
        new(
            $"The broker or the network ended the connection: {reason.ReplyCode} {reason.ReplyText}.",
            reason.Exception ?? new IOException(reason.ReplyText));
}
