using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Benchmarks.Broker;

/// <summary>A fan-out exchange and quorum queues, with nothing but the client.</summary>
internal sealed class FloorRun : IAsyncDisposable
{
    /// <summary>How many deliveries are acknowledged at once.</summary>
    private const int AcknowledgedAtOnce = 64;

    private readonly BrokerCluster _cluster;
    private readonly IChannel _channel;
    private readonly string _exchange = $"floor-{Guid.NewGuid():N}";
    private readonly string[] _queues;
    private readonly byte[] _body;

    private FloorRun(BrokerCluster cluster, IChannel channel, int consumers, int together)
    {
        (_cluster, _channel, _body) = (cluster, channel, new byte[BrokerCommand.ValueBytes * together]);
        _queues = [.. Enumerable.Range(0, consumers).Select(i => $"{_exchange}-{i}")];
    }

    public static async Task<FloorResult> RunAsync(BrokerCluster cluster, int consumers, int window)
    {
        await using var connection = await ConnectAsync(cluster, 0);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true, outstandingPublisherConfirmationsRateLimiter: null));
        await using var run = new FloorRun(cluster, channel, consumers, together: 1);
        await run.DeclareAsync();
        var clock = Stopwatch.StartNew();
        var published = await run.PublishAsync(window);
        var publish = published / clock.Elapsed.TotalSeconds;
        clock.Restart();
        await run.ConsumeAsync(() => published);
        var consume = published / clock.Elapsed.TotalSeconds;
        var both = await run.RunBothAsync(window);

        // As many values under way, in two messages: one is written while the other is handled.
        var together = Math.Max(1, window / 2);
        await using var combined = new FloorRun(cluster, channel, consumers, together);
        await combined.DeclareAsync();
        return new FloorResult(publish, consume, both, together * await combined.RunBothAsync(window / together));
    }

    /// <summary>Publishes and consumes at once.</summary>
    /// <returns>Messages a second.</returns>
    private async Task<double> RunBothAsync(int underWay)
    {
        var clock = Stopwatch.StartNew();
        var total = int.MaxValue;
        var consuming = ConsumeAsync(() => Volatile.Read(ref total));
        var published = await PublishAsync(underWay);
        Volatile.Write(ref total, published);
        // Whoever had finished before the total was known hears of it by this one.
        await PublishOneAsync();
        await consuming;
        return published / clock.Elapsed.TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var queue in _queues) await _channel.QueueDeleteAsync(queue);
        await _channel.ExchangeDeleteAsync(_exchange);
    }

    private static Task<IConnection> ConnectAsync(BrokerCluster cluster, int number) =>
        new ConnectionFactory { Uri = cluster.Nodes[number % cluster.Nodes.Count].Uri, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();

    private async Task DeclareAsync()
    {
        await _channel.ExchangeDeclareAsync(_exchange, ExchangeType.Fanout, durable: true);
        foreach (var queue in _queues)
        {
            await _channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
            await _channel.QueueBindAsync(queue, _exchange, "");
        }
    }

    private Task<int> PublishAsync(int window) => new Pipeline(window).RunAsync(BrokerCommand.RunTime, PublishOneAsync);

    private Task PublishOneAsync() => _channel.BasicPublishAsync(_exchange, "", mandatory: true, new BasicProperties { Persistent = true }, _body).AsTask();

    private Task ConsumeAsync(Func<int> total) => Task.WhenAll(_queues.Select((queue, i) => ConsumeAsync(queue, i + 1, total)));

    private async Task ConsumeAsync(string queue, int number, Func<int> total)
    {
        await using var connection = await ConnectAsync(_cluster, number);
        await using var channel = await connection.CreateChannelAsync();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var count = 0;
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            var isLast = ++count >= total();
            if (isLast || count % AcknowledgedAtOnce == 0) await channel.BasicAckAsync(delivery.DeliveryTag, multiple: true);
            if (isLast) done.TrySetResult();
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer);
        await done.Task;
    }
}
