using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.EndToEnd;

/// <summary>Values that go together, in hosts as users have them.</summary>
public sealed class CombinedFlowTests(OneNode broker) : IAsyncDisposable
{
    private const int Window = 64;

    private readonly TestStream _stream = new(broker.Uri);

    [Fact]
    [Trait("Length", "long")]
    public async Task PutMany_OnceEveryProcessIsKnownToReadThem_GoTogetherAndComeInOrderToEach()
    {
        var (a, b) = (new Taken(), new Taken());
        await using var first = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => a.Add(value)), SetWindow, "one");
        await using var second = await Pod.StartAsync(_stream, stream => stream.AddConsumer("b", (value, _) => b.Add(value)), SetWindow, "two");
        await _stream.RegisteredAsync("a", "b");
        await using var producer = await Pod.StartAsync(_stream, _ => { }, SetWindow, "three");
        var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
        await using var admin = await _stream.AdministerAsync();
        var tap = (await admin.Channel.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true)).QueueName;
        await admin.Channel.QueueBindAsync(tap, _stream.Topology.Data, "");
        var (last, together) = (0, 0);

        // A leader listens for some seconds first.
        await Until.TrueAsync(async () =>
        {
            await writer.PutManyAsync(Enumerable.Range(last + 1, Window).ToArray()).AsTask().WithinAsync();
            last += Window;
            while (await admin.Channel.BasicGetAsync(tap, autoAck: true) is { } message)
                if (message.BasicProperties.Headers!.TryGetValue("streamx-count", out var count)) together = Math.Max(together, (int)count!);
            return together > 0;
        });
        await writer.FlushAsync().AsTask().WithinAsync();

        Assert.InRange(together, 2, Window);
        Assert.Equal(Enumerable.Range(1, last), a.Values);
        Assert.Equal(Enumerable.Range(1, last), b.Values);
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private static void SetWindow(StreamxOptions options) => options.Window = Window;
}
