using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults;

/// <summary>A handler that takes longer than the broker allows a value to be held.</summary>
public sealed class ConsumerTimeoutTests
{
    [Fact]
    public async Task Handler_LongerThanTheBrokersLimit_IsCancelledBeforeAnotherProcessBeginsTheValue()
    {
        await using var cluster = await BrokerCluster.StartAsync(1, ["consumer_timeout = 6000"]);
        // It looks every second, rather than once a minute.
        await cluster.Nodes[0].ControlAsync("eval", "application:set_env(rabbit, channel_tick_interval, 1000).");
        await using var stream = new TestStream(cluster.Nodes[0].Uri);
        ConcurrentQueue<string> events = [];
        await using var first = await Pod.StartAsync(stream, builder => Limit(builder).AddConsumer("a", async (value, token) =>
        {
            events.Enqueue($"first begins {value}");
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            }
            finally
            {
                events.Enqueue("first ends");
            }
        }));
        await stream.RegisteredAsync("a");
        var handled = new Signal();
        await using var second = await Pod.StartAsync(stream, builder => Limit(builder).AddConsumer("a", (value, _) =>
        {
            events.Enqueue($"second begins {value}, repeated: {StreamxDelivery.Current!.IsRedelivered}");
            handled.Set();
            return default;
        }));
        await using var producer = await Pod.StartAsync(stream, builder => Limit(builder));
        var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(stream.Name);

        await writer.PutAsync(1).AsTask().WithinAsync();
        await handled.WaitAsync();

        Assert.Equal(["first begins 1", "first ends", "second begins 1, repeated: True"], events);
        Assert.Contains(first.Log(LogLevel.Error), message => message.Contains("the token of its handler is cancelled", StringComparison.Ordinal)
            && message.Contains("ConsumerTimeout is 00:00:05", StringComparison.Ordinal));
        // The token of the process that leads is held, too: it is renewed in time.
        Assert.True(producer.Status.Remote!.IsLeading);
    }

    private static IStreamxBuilder<int> Limit(IStreamxBuilder<int> builder) => builder.UseRabbitMq(o => o.ConsumerTimeout = TimeSpan.FromSeconds(5));
}
