using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Streamx.Hosting.RabbitMQ.Tests.Support;

/// <summary>A channel of an administrator's.</summary>
internal sealed class Administration : IAsyncDisposable
{
    private readonly IConnection _connection;

    private Administration(IConnection connection, IChannel channel)
    {
        _connection = connection;
        Channel = channel;
    }

    public IChannel Channel { get; }

    public static async Task<Administration> OpenAsync(Uri uri)
    {
        var connection = await new ConnectionFactory { Uri = uri, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
        return new Administration(connection, await connection.CreateChannelAsync());
    }

    public Task DeleteQueueAsync(string queue) => Channel.QueueDeleteAsync(queue, ifUnused: false, ifEmpty: false);

    /// <summary>Whether somebody consumes a queue; false also while there is none.</summary>
    public async Task<bool> HasConsumerAsync(string queue) => await CountConsumersAsync(queue) > 0;

    /// <summary>How many consume a queue; none while there is no such queue.</summary>
    public async Task<uint> CountConsumersAsync(string queue)
    {
        await using var probe = await _connection.CreateChannelAsync();
        try
        {
            return await probe.ConsumerCountAsync(queue);
        }
        catch (OperationInterruptedException)
        {
            return 0;
        }
    }

    /// <summary>Deletes every queue of a stream, one after another.</summary>
    public async Task DeleteQueuesAsync(Topology topology, IEnumerable<string> names)
    {
        foreach (var queue in names.SelectMany(name => new[] { topology.Values(name), topology.Checkpoint(name) }).Append(topology.Lock).Append(topology.Registry).Append(topology.Ends).Append(topology.State))
            await Channel.QueueDeleteAsync(queue);
    }

    /// <summary>Takes everything of a stream away.</summary>
    public async Task DeleteStreamAsync(Topology topology, IEnumerable<string> names)
    {
        await DeleteQueuesAsync(topology, names);
        await Channel.ExchangeDeleteAsync(topology.Data);
        await Channel.ExchangeDeleteAsync(topology.Control);
        await Channel.ExchangeDeleteAsync(topology.Reports);
    }

    public async ValueTask DisposeAsync()
    {
        await Channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
