using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Streamx.TestUtilities.Backends;

/// <summary>A host that stands for a process of its own: nothing of it is known to another but through what carries the stream.</summary>
internal sealed class Pod : IAsyncDisposable
{
    private readonly IHost _host;

    private Pod(IHost host, string stream) => (_host, Stream) = (host, stream);

    /// <summary>The name of its stream.</summary>
    public string Stream { get; }

    public IServiceProvider Services => _host.Services;

    public StreamxStreamStatus Status => Assert.Single(Services.GetRequiredService<IStreamxControl>().GetStreams());

    /// <summary>Builds one with its workers, and whatever carries the stream.</summary>
    /// <param name="stream">The name of its stream.</param>
    /// <param name="add">Registers its workers, and what carries the stream; nothing for a stream in one process.</param>
    /// <param name="configure">Sets the stream's options.</param>
    /// <param name="configuration">The host's configuration.</param>
    public static Pod Build(string stream, Action<IStreamxBuilder<int>> add, Action<StreamxOptions>? configure = null, params (string Key, string? Value)[] configuration)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(configuration.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)));
        builder.Logging.AddFakeLogging();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(20));
        add(builder.Services.AddStreamx<int>(stream, configure));
        return new Pod(builder.Build(), stream);
    }

    public Task StartAsync() => _host.StartAsync().WithinAsync();

    /// <summary>As SIGTERM does.</summary>
    public async Task<ShutdownReport> StopAsync()
    {
        await _host.StopAsync().WithinAsync();
        return await Services.GetRequiredService<IStreamxShutdown>().Report.WithinAsync();
    }

    /// <summary>Waits until the process stops by itself.</summary>
    public async Task<ShutdownReport> EndAsync()
    {
        await _host.WaitForShutdownAsync().WithinAsync();
        return await Services.GetRequiredService<IStreamxShutdown>().Report.WithinAsync();
    }

    /// <summary>Waits until a message has been logged that contains all of these.</summary>
    public Task LoggedAsync(params string[] parts) => LoggedAsync(times: 1, parts);

    /// <summary>Waits until such messages have been logged that often.</summary>
    public async Task LoggedAsync(int times, params string[] parts)
    {
        using var limit = new CancellationTokenSource(Bounded.Limit);
        await foreach (var record in Services.GetRequiredService<FakeLogCollector>().GetLogsAsync(cancellationToken: limit.Token))
            if (Array.TrueForAll(parts, part => record.Message.Contains(part, StringComparison.Ordinal)) && --times == 0) return;
    }

    /// <summary>Waits until it stands in line to lead.</summary>
    public Task StandsByAsync() => UntilAsync(remote => remote.IsStandby);

    /// <summary>Waits until it takes part in its stream in some way.</summary>
    public Task UntilAsync(Func<StreamxRemoteStatus, bool> condition) => Until.TrueAsync(() => condition(Status.Remote!));

    public IEnumerable<string> Log(LogLevel least) => Services.GetRequiredService<FakeLogCollector>().GetSnapshot()
        .Where(record => record.Level >= least).Select(record => $"{record.Message} {record.Exception?.Message}");

    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable host) await host.DisposeAsync().AsTask().WithinAsync();
    }
}
