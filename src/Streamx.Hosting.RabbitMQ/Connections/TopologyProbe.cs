using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// Finds out what exists at the broker, each on a channel of its own: a query for what does not exist closes the channel.
/// </summary>
/// <param name="connection">The connection.</param>
internal sealed class TopologyProbe(BrokerConnection connection)
{
    /// <summary>Whether an exchange exists.</summary>
    internal async Task<bool> HasExchangeAsync(string exchange) =>
        await AskAsync(async probe =>
        {
            await probe.ExchangeDeclarePassiveAsync(exchange, connection.Ended).ConfigureAwait(false);
            return 0;
        }).ConfigureAwait(false) is not null;

    /// <summary>Whether a queue exists.</summary>
    internal async Task<bool> ExistsAsync(string queue) => await CountAsync(queue).ConfigureAwait(false) is not null;

    /// <summary>How many messages of a queue are ready, that is, held by no consumer; null if the queue does not exist.</summary>
    internal Task<uint?> CountAsync(string queue) =>
        AskAsync(async probe => (await probe.QueueDeclarePassiveAsync(queue, connection.Ended).ConfigureAwait(false)).MessageCount);

    private async Task<uint?> AskAsync(Func<IChannel, Task<uint>> query)
    {
        var probe = await connection.OpenProbeAsync().ConfigureAwait(false);
        await using (probe.ConfigureAwait(false))
        {
            try
            {
                return await query(probe).ConfigureAwait(false);
            }
            catch (OperationInterruptedException error) when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
            {
                return null;
            }
        }
    }
}
