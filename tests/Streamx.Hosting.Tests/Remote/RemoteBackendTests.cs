using System.Buffers;
using Streamx.TestUtilities.Backends;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>The contract where every worker is in a process of its own, over the transport in memory.</summary>
public sealed class RemoteBackendTests : StreamBackendContract
{
    private const string Name = "numbers";

    private readonly InMemoryStore _store = new(TimeProvider.System);

    [Fact]
    public async Task TryPut_Refused_IsNotSerialized()
    {
        var serializer = new CountingSerializer();
        await using var pod = Pod.Build(Name, stream => stream.UseInMemory(_store.CreateProcess()).Services.AddSingleton<IStreamSerializer<int>>(serializer));
        await pod.StartAsync();
        var writer = pod.Services.GetRequiredKeyedService<IStreamWriter<int>>(Name);

        // No consumer is registered: there is no room for anything.
        Assert.False(writer.TryPut(1));
        await pod.UntilAsync(remote => remote.IsLeading);
        Assert.False(writer.TryPut(1));

        Assert.Equal(0, serializer.Written);
    }

    private protected override bool StoresBookmarks => true;

    private protected override IEffects CreateEffects() => new InMemoryEffects(_store);

    private protected override async Task<Stage> StartAsync(
        Action<StreamxOptions> configure, Func<IStreamWriter<int>, CancellationToken, Task>? produce, params (string Name, Action<IStreamxBuilder<int>> Add)[] consumers)
    {
        Dictionary<string, Pod> pods = [];
        foreach (var (name, add) in consumers)
        {
            pods[name] = Pod.Build(Name, stream => add(stream.UseInMemory(_store.CreateProcess(name))), configure);
            await pods[name].StartAsync();
            await Until.TrueAsync(() => _store.ActiveOf(name) is not null);
        }

        var producer = Pod.Build(
            Name,
            stream =>
            {
                stream.UseInMemory(_store.CreateProcess("producer"));
                if (produce is not null) stream.AddProducer("feed", produce);
            },
            configure);
        await producer.StartAsync();
        return new Stage(Name, producer, pods);
    }

    private sealed class CountingSerializer : IStreamSerializer<int>
    {
        private readonly NumberSerializer _numbers = new();

        public int Written { get; private set; }

        public string ContentType => _numbers.ContentType;

        public void Serialize(int value, IBufferWriter<byte> writer)
        {
            Written++;
            _numbers.Serialize(value, writer);
        }

        public int Deserialize(ReadOnlySpan<byte> body) => _numbers.Deserialize(body);
    }
}
