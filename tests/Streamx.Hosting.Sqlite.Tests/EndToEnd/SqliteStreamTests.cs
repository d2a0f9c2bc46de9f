namespace Streamx.Hosting.Sqlite.Tests.EndToEnd;

/// <summary>The contract of streams, where everybody is in a process of their own.</summary>
public sealed class SqliteStreamTests : StreamBackendContract, IDisposable
{
    private readonly TestFile _file = new();
    private readonly FileEffects _effects;

    public SqliteStreamTests() => _effects = new FileEffects(_file);

    private protected override bool StoresBookmarks => true;

    private protected override IEffects CreateEffects() => _effects;

    private protected override async Task<Stage> StartAsync(
        Action<StreamxOptions> configure, Func<IStreamWriter<int>, CancellationToken, Task>? produce, params (string Name, Action<IStreamxBuilder<int>> Add)[] consumers)
    {
        // Registered before anything is put: a consumer that joins later begins there.
        await _file.CreateProcess().RegisterAsync([.. consumers.Select(consumer => consumer.Name)], default);
        Dictionary<string, Pod> pods = [];
        foreach (var (name, add) in consumers) pods[name] = await Pod.StartAsync(_file, "numbers", add, configure);
        var producer = await Pod.StartAsync(_file, "numbers", stream => _ = produce is null ? stream : stream.AddProducer("feed", produce), configure);
        return new Stage("numbers", producer, pods);
    }

    public void Dispose()
    {
        _effects.Dispose();
        _file.Dispose();
    }
}
