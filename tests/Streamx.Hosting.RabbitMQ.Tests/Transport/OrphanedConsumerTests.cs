using RabbitMQ.Client;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using Streamx.TestUtilities.Clocks;

namespace Streamx.Hosting.RabbitMQ.Tests.Transport;

/// <summary>A broker that has ended a consumer without a word to it, or that does not say what has become of a queue.</summary>
public sealed class OrphanedConsumerTests(OneNode broker) : IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);
    private readonly SimulatedClock _clock = new();

    [Fact]
    public async Task Queue_MadeAgainWithoutItsConsumer_SessionEndsOnceMessagesWait()
    {
        await using var proxy = new TcpProxy(broker.Uri);
        await using var connection = await ConnectAsync(proxy, _stream.Options.Timeout);
        await using var session = await JoinAsync(connection);
        await using var admin = await _stream.AdministerAsync();
        var queue = _stream.Topology.Values("a");

        await DeleteWithoutAWordAsync(admin, queue, proxy);
        await _stream.CreateProcess().RegisterAsync(["a"], default);
        await LookOftenAsync(until: () => _clock.Elapsed > TimeSpan.FromMinutes(1));
        Assert.False(session.WhenLost.IsCompleted);
        await admin.Channel.BasicPublishAsync("", queue, mandatory: true, "1"u8.ToArray());
        await LookOftenAsync(until: () => session.WhenLost.IsCompleted);

        Assert.Contains($"ended the consumer of queue '{queue}' without a word", (await session.WhenLost).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_MadeAgainBeforeItsConsumerKnows_SessionEndsThoughNoMessageWaits()
    {
        await using var proxy = new TcpProxy(broker.Uri);
        await using var connection = await ConnectAsync(proxy, _stream.Options.Timeout);
        await using var session = await JoinAsync(connection, hears: true);
        await using var admin = await _stream.AdministerAsync();
        var queue = _stream.Topology.Values("a");

        await DeleteWithoutAWordAsync(admin, queue, proxy);
        await _stream.CreateProcess().RegisterAsync(["a", "b"], default);

        Assert.Contains($"Queue '{queue}' has been made again", (await session.WhenLost.WithinAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_OfAnotherConsumerMade_SessionLasts()
    {
        await using var proxy = new TcpProxy(broker.Uri);
        await using var connection = await ConnectAsync(proxy, _stream.Options.Timeout);
        await using var session = await JoinAsync(connection, hears: true);

        await _stream.CreateProcess().RegisterAsync(["b"], default);
        await _stream.CreateProcess().RegisterAsync(["a"], default);
        await using var admin = await _stream.AdministerAsync();
        await admin.Channel.BasicPublishAsync("", _stream.Topology.Values("a"), mandatory: true, "1"u8.ToArray());
        await Until.TrueAsync(() => session.IsActive);

        Assert.False(session.WhenLost.IsCompleted);
    }

    [Fact]
    public async Task Queue_DeletedAndNotMadeAgain_SessionEnds()
    {
        await using var proxy = new TcpProxy(broker.Uri);
        await using var connection = await ConnectAsync(proxy, _stream.Options.Timeout);
        await using var session = await JoinAsync(connection);
        await using var admin = await _stream.AdministerAsync();

        await DeleteWithoutAWordAsync(admin, _stream.Topology.Values("a"), proxy);
        await LookOftenAsync(until: () => session.WhenLost.IsCompleted);

        Assert.Contains("without a word", (await session.WhenLost).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_BrokerDoesNotAnswer_IsGivenUpAndTheConnectionLasts()
    {
        await using var proxy = new TcpProxy(broker.Uri);
        await using var connection = await ConnectAsync(proxy, timeout: TimeSpan.FromSeconds(1));
        var probe = new ConsumerProbe(connection);

        proxy.Swallow();

        Assert.Null(await probe.LookAsync("any").WithinAsync());
        Assert.False(connection.WhenLost.IsCompleted);
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    /// <summary>Connects. The broker is asked for a sign of life so rarely that none is due during a test.</summary>
    private static async Task<BrokerConnection> ConnectAsync(TcpProxy proxy, TimeSpan timeout)
    {
        var factory = new ConnectionFactory { Uri = proxy.Uri, AutomaticRecoveryEnabled = false, RequestedHeartbeat = TimeSpan.FromMinutes(10) };
        return new BrokerConnection(await factory.CreateConnectionAsync(), timeout, TimeProvider.System, onBlocked: null);
    }

    /// <summary>Deletes a queue. What the broker says of it to its consumer is lost.</summary>
    private static async Task DeleteWithoutAWordAsync(Administration admin, string queue, TcpProxy proxy)
    {
        proxy.Swallow();
        await admin.DeleteQueueAsync(queue);
        await Until.TrueAsync(() => proxy.Swallowed > 0);
        proxy.PassOn();
    }

    private async Task<JoinSession> JoinAsync(BrokerConnection connection, bool hears = false)
    {
        await _stream.CreateProcess().RegisterAsync(["a"], default);
        var held = new HoldTimeLimit(TimeSpan.FromDays(1), _clock, _ => new TransportException("Held for too long."));
        return await JoinSession.OpenAsync("a", "one", connection, _stream.Topology, new StreamMemory(), held, _clock, _ => { }, hears).WithinAsync();
    }

    private Task LookOftenAsync(Func<bool> until) => Until.TrueAsync(() =>
    {
        _clock.AdvanceToNext();
        return until();
    });
}
