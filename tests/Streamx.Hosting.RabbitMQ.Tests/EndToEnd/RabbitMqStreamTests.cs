using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.EndToEnd;

/// <summary>The contract where everybody is in a process of their own.</summary>
public sealed class RabbitMqStreamTests(OneNode broker) : StreamBackendContract, IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri, "numbers");

    private protected override async Task<Stage> StartAsync(
        Action<StreamxOptions> configure, Func<IStreamWriter<int>, CancellationToken, Task>? produce, params (string Name, Action<IStreamxBuilder<int>> Add)[] consumers)
    {
        Dictionary<string, Pod> pods = [];
        foreach (var (name, add) in consumers)
        {
            _stream.Names.Add(name);
            pods[name] = await Pod.StartAsync(_stream, add, configure);
        }

        await _stream.RegisteredAsync([.. pods.Keys]);
        var producer = await Pod.StartAsync(_stream, stream => _ = produce is null ? stream : stream.AddProducer("feed", produce), configure);
        return new Stage(_stream.Name, producer, pods);
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();
}
