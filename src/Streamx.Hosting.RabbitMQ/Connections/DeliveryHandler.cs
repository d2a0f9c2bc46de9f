using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Takes the deliveries of one consumer, one after another; any error ends the connection.</summary>
/// <param name="connection">The connection.</param>
/// <param name="channel">The channel.</param>
/// <param name="onDelivery">Takes a delivery. The body is only valid until its task has ended.</param>
internal sealed class DeliveryHandler(
    BrokerConnection connection, IChannel channel, Func<IncomingMessage, Task> onDelivery) : AsyncDefaultBasicConsumer(channel)
{
    /// <inheritdoc/>
    public override async Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default)
    {
        // Once the connection has ended no delivery is begun any more: what is still buffered here will be delivered elsewhere.
        if (!connection.Lasts) return;
        try
        {
            await onDelivery(new IncomingMessage(deliveryTag, redelivered, properties, body)).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            connection.Fail(
                error as TransportException ?? new TransportException($"A delivery could not be taken: {error.Message}", error));
        }
    }

    /// <inheritdoc/>
    public override Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        connection.Fail(new TransportException("The broker has ended the consumer: its queue has been deleted, or has lost its leader."));
        return Task.CompletedTask;
    }
}
