using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Streamx.Benchmarks.Broker;
using Streamx.Benchmarks.Compare;
using Streamx.Hosting;
using Streamx.Hosting.Sqlite;

namespace Streamx.Benchmarks.Durable;

/// <summary>What streams in one file cost while nothing moves.</summary>
internal static class IdleRun
{
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(20);

    /// <summary>Measures it.</summary>
    /// <param name="streams">How many streams, with a consumer each.</param>
    public static async Task<Goal> RunAsync(int streams)
    {
        using var file = new UsedFile();
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<IStreamSerializer<byte[]>>(new BytesSerializer());
        for (var i = 0; i < streams; i++)
            builder.Services.AddStreamx<byte[]>($"values-{i}").UseSqlite(options => options.Path = file.Path).AddConsumer("a", (_, _) => default);
        using var host = builder.Build();
        await host.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, streams).Select(i => host.Services.GetRequiredKeyedService<IStreamWriter<byte[]>>($"values-{i}").PutAsync(new byte[100]).AsTask()));
        await Task.Delay(s_settle, TimeProvider.System);
        var before = Environment.CpuUsage.TotalTime;
        await Task.Delay(s_time, TimeProvider.System);
        var used = (Environment.CpuUsage.TotalTime - before) / s_time;
        await host.StopAsync();
        return Goal.AtMost($"percent of a core, {streams} idle streams in one file", 1, used * 100);
    }
}
