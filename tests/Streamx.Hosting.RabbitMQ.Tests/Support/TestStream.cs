namespace Streamx.Hosting.RabbitMQ.Tests.Support;

/// <summary>A stream of one test's own, whose queues are deleted with it.</summary>
internal sealed class TestStream(Uri uri, string? called = null) : IAsyncDisposable
{
    public string Name { get; } = called ?? $"s{Guid.NewGuid():N}";

    public Topology Topology => new("test", Name);

    public RabbitMqOptions Options { get; } = new() { Uri = uri, Prefix = "test", Heartbeat = TimeSpan.FromSeconds(5) };

    /// <summary>The names the test has used, whose queues are deleted.</summary>
    public HashSet<string> Names { get; } = ["a", "b", "c", "billing"];

    public RabbitMqTransport CreateProcess(string? instance = null) => new(
        Name, new RabbitMqOptions { Uri = Options.Uri, Prefix = Options.Prefix, Heartbeat = Options.Heartbeat, FailFast = Options.FailFast, InstanceId = instance }, TimeProvider.System);

    public Task<Administration> AdministerAsync() => Administration.OpenAsync(uri);

    /// <summary>Waits until somebody consumes under each name: what is put before is not for them.</summary>
    public async Task RegisteredAsync(params string[] names)
    {
        await using var admin = await AdministerAsync();
        foreach (var name in names) await Until.TrueAsync(() => admin.HasConsumerAsync(Topology.Values(name)));
    }

    public async ValueTask DisposeAsync()
    {
        await using var admin = await AdministerAsync();
        await admin.DeleteStreamAsync(Topology, Names);
    }
}
