using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.EndToEnd;

/// <summary>Large values, and many consumers.</summary>
public sealed class LoadTests(OneNode broker) : IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);

    [Fact]
    public async Task Put_ValuesOfTenMegabytes_OnlySoManyBytesAreUnderWay()
    {
        var (taken, goOn) = (new Taken(), new Signal());
        await using var all = await Pod.StartAsync(
            _stream,
            stream =>
            {
                stream.Services.AddSingleton<IStreamSerializer<int>>(new Padded(10_000_000));
                stream.AddConsumer("a", async (value, _) =>
                {
                    await taken.Add(value);
                    await goOn.WaitAsync();
                });
            },
            o => o.Window = 64);
        var writer = all.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
        await writer.PutAsync(1).AsTask().WithinAsync();
        await taken.UntilAsync(1);

        var puts = Enumerable.Range(2, 9).Select(value => writer.PutAsync(value).AsTask()).ToArray();
        // Six take 60,000,000 bytes of 67,108,864.
        await Task.WhenAll(puts[..5]).WithinAsync();
        Assert.False(writer.TryPut(11));
        Assert.Equal((6, 4), (all.Status.Stream.ValuesPut, all.Status.Stream.ValuesWaiting));

        goOn.Set();
        await Task.WhenAll(puts).WithinAsync();
        await taken.UntilAsync(10);
        Assert.Equal(Enumerable.Range(1, 10), taken.Values);
    }

    [Fact]
    [Trait("Length", "long")]
    public async Task Register_ManyConsumers_MayTakeLongerThanTheTimeout()
    {
        // A consumer takes at least five messages, one after another: all take longer than the limit, and a step a fraction of it.
        await using var proxy = new TcpProxy(broker.Uri) { Latency = TimeSpan.FromMilliseconds(40) };
        string[] names = [.. Enumerable.Range(1, 30).Select(number => $"consumer-{number}")];
        _stream.Names.UnionWith(names);
        var options = new RabbitMqOptions { Uri = proxy.Uri, Prefix = _stream.Options.Prefix, Timeout = TimeSpan.FromSeconds(5), InstanceId = "one" };
        foreach (var name in names) options.Consumers.Add(name);
        var process = new RabbitMqTransport(_stream.Name, options, TimeProvider.System);

        await process.RegisterAsync(names, CancellationToken.None).WithinAsync();

        await using var admin = await _stream.AdministerAsync();
        foreach (var name in names) await admin.Channel.QueueDeclarePassiveAsync(_stream.Topology.Values(name));
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();
}
