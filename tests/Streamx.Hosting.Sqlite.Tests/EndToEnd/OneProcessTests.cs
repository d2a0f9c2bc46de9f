namespace Streamx.Hosting.Sqlite.Tests.EndToEnd;

/// <summary>The contract of streams, where everybody is in one process: values are handed over in memory.</summary>
public sealed class OneProcessTests : StreamBackendContract, IDisposable
{
    private readonly TestFile _file = new();
    private readonly FileEffects _effects;

    public OneProcessTests() => _effects = new FileEffects(_file);

    private protected override bool StoresBookmarks => true;

    private protected override IEffects CreateEffects() => _effects;

    private protected override async Task<Stage> StartAsync(
        Action<StreamxOptions> configure, Func<IStreamWriter<int>, CancellationToken, Task>? produce, params (string Name, Action<IStreamxBuilder<int>> Add)[] consumers)
    {
        var pod = await Pod.StartAsync(
            _file,
            "numbers",
            stream =>
            {
                foreach (var (_, add) in consumers) add(stream);
                if (produce is not null) stream.AddProducer("feed", produce);
            },
            configure);
        return new Stage("numbers", pod, consumers.ToDictionary(consumer => consumer.Name, _ => pod));
    }

    public void Dispose()
    {
        _effects.Dispose();
        _file.Dispose();
    }
}
