using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Asks the broker again and again whether anybody consumes a queue, on a channel of its own, without any harm to the connection.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class ConsumerProbe(BrokerConnection connection) : IAsyncDisposable
{
    /// <summary>The channel; null until it is needed, and after it has been lost: to ask for a queue that does not exist costs it.</summary>
    private IChannel? _channel;

    /// <summary>Whether anybody consumes a queue. One that does not exist nobody does; null if the broker has not said.</summary>
    /// <remarks>A broker that is too busy to find out says that nobody does.</remarks>
    internal async Task<bool?> HasConsumerAsync(string queue)
    {
        try
        {
            _channel ??= await connection.OpenProbeAsync().ConfigureAwait(false);
            return (await _channel.QueueDeclarePassiveAsync(queue, connection.Ended).ConfigureAwait(false)).ConsumerCount > 0;
        }
        catch (OperationInterruptedException error) when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            await DisposeAsync().ConfigureAwait(false);
            return false;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // It may have been no answer in time: what comes now would be taken for the answer to the next question.
            await DisposeAsync().ConfigureAwait(false);
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        var channel = _channel;
        _channel = null;
        if (channel is null) return;
        try
        {
            await channel.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // It has gone with its connection.
        }
    }
}
