using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults;

/// <summary>A handler that takes longer than the broker allows a value to be held.</summary>
[Collection(DisturbedCollection.Name)]
public sealed class ConsumerTimeoutTests(OneNode broker) : IAsyncLifetime
{
    private readonly TestStream _stream = new(broker.Uri);

    /// <summary>Channels opened from now on have a limit of six seconds. The broker looks every second, rather than once a minute.</summary>
    public async ValueTask InitializeAsync() => await SetAsync(limit: 6_000, interval: 1_000);

    [Fact]
    public async Task Handler_LongerThanTheBrokersLimit_IsCancelledBeforeAnotherProcessBeginsTheValue()
    {
        ConcurrentQueue<string> events = [];
        await using var first = await Pod.StartAsync(_stream, builder => Limit(builder).AddConsumer("a", async (value, token) =>
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
        await _stream.RegisteredAsync("a");
        var handled = new Signal();
        await using var second = await Pod.StartAsync(_stream, builder => Limit(builder).AddConsumer("a", (value, _) =>
        {
            events.Enqueue($"second begins {value}, repeated: {StreamxDelivery.Current!.IsRedelivered}");
            handled.Set();
            return default;
        }));
        await using var producer = await Pod.StartAsync(_stream, builder => Limit(builder));
        var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);

        await writer.PutAsync(1).AsTask().WithinAsync();
        await handled.WaitAsync();

        Assert.Equal(["first begins 1", "first ends", "second begins 1, repeated: True"], events);
        Assert.Contains(first.Log(LogLevel.Error), message => message.Contains("the token of its handler is cancelled", StringComparison.Ordinal)
            && message.Contains("ConsumerTimeout is 00:00:05", StringComparison.Ordinal));
        // The token of the process that leads is held, too: it is renewed in time.
        Assert.True(producer.Status.Remote!.IsLeading);
    }

    /// <summary>Gives the broker its defaults again.</summary>
    public async ValueTask DisposeAsync()
    {
        await SetAsync(limit: 1_800_000, interval: 60_000);
        await _stream.DisposeAsync();
    }

    private Task<string> SetAsync(int limit, int interval) => broker.Node.EvaluateAsync(string.Create(
        CultureInfo.InvariantCulture,
        $"application:set_env(rabbit, consumer_timeout, {limit}), application:set_env(rabbit, channel_tick_interval, {interval})."));

    private static IStreamxBuilder<int> Limit(IStreamxBuilder<int> builder) => builder.UseRabbitMq(o => o.ConsumerTimeout = TimeSpan.FromSeconds(5));
}
