using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// Asks the broker repeatedly for the consumers of a queue, on a channel of its own, so that the connection takes no harm.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class ConsumerProbe(BrokerConnection connection) : IAsyncDisposable
{
    /// <summary>
    /// The channel; null until it is needed, and after it has been lost: a query for a queue that does not exist closes it.
    /// </summary>
    private Task<IChannel>? _channel;

    /// <summary>Asks for a queue. A broker that is too busy to find out answers that there is no consumer, and no message.</summary>
    /// <returns>Null if the broker has not answered in time.</returns>
    internal async Task<QueueState?> LookAsync(string queue)
    {
        try
        {
            var answer = AskAsync(queue);
            await connection.WaitAsync(answer, connection.Timeout).ConfigureAwait(false);
            return await answer.ConfigureAwait(false);
        }
        catch (OperationInterruptedException error) when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            Abandon();
            return new QueueState(Exists: false, HasConsumer: false, HasMessages: false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The answer may only be late: it would then be taken for the answer to the next query.
            Abandon();
            return null;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Abandon();
        return default;
    }

    private async Task<QueueState> AskAsync(string queue)
    {
        var channel = await (_channel ??= connection.OpenProbeAsync()).ConfigureAwait(false);
        var answer = await channel.QueueDeclarePassiveAsync(queue, connection.Ended).ConfigureAwait(false);
        return new QueueState(Exists: true, answer.ConsumerCount > 0, answer.MessageCount > 0);
    }

    /// <summary>Gives the channel up, and waits for nothing: a broker that does not answer does not close it either.</summary>
    private void Abandon()
    {
        var channel = _channel;
        _channel = null;
        if (channel is not null) _ = DisposeAsync(channel);
    }

    private static async Task DisposeAsync(Task<IChannel> opening)
    {
        try
        {
            await (await opening.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The channel was not opened, or ended with its connection.
        }
    }
}
