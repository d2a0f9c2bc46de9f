using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Streamx.Benchmarks.Broker;
using Streamx.Hosting;
using Streamx.Hosting.Sqlite;

namespace Streamx.Benchmarks.Durable;

/// <summary>A host whose stream is in a file.</summary>
internal static class DurableHost
{
    /// <summary>The stream's name.</summary>
    public const string Stream = "values";

    /// <summary>Starts one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="setting">How it is used.</param>
    /// <param name="add">Adds the consumers that run in this process.</param>
    public static async Task<IHost> StartAsync(string path, Setting setting, Action<IStreamxBuilder<byte[]>> add)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<IStreamSerializer<byte[]>>(new BytesSerializer());
        add(builder.Services.AddStreamx<byte[]>(Stream, options => options.Window = setting.Window).UseSqlite(options =>
        {
            options.Path = path;
            options.Synchronous = setting.IsFull ? SqliteSynchronous.Full : SqliteSynchronous.Normal;
            foreach (var name in setting.Names) options.Consumers.Add(name);
        }));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    /// <summary>Where values are put.</summary>
    public static IStreamWriter<byte[]> Writer(this IHost host) => host.Services.GetRequiredKeyedService<IStreamWriter<byte[]>>(Stream);
}
