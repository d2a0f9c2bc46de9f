using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// Asks the broker repeatedly whether a queue has a consumer, on a channel of its own, so that the connection takes no harm.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class ConsumerProbe(BrokerConnection connection) : IAsyncDisposable
{
    /// <summary>
    /// The channel; null until it is needed, and after it has been lost: a query for a queue that does not exist closes it.
    /// </summary>
    private IChannel? _channel;

    /// <summary>Whether a queue has a consumer. A queue that does not exist has none; null if the broker has not answered.</summary>
    /// <remarks>A broker that is too busy to find out answers that there is none.</remarks>
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
            // The answer may only be late: it would then be taken for the answer to the next query.
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
            // The channel ended with its connection.
        }
    }
}
