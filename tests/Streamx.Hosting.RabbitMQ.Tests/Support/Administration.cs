using RabbitMQ.Client;

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

    public async ValueTask DisposeAsync()
    {
        await Channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
