using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Streamx.Hosting.Tests.Support;

/// <summary>A real Generic Host with a collected log and nothing from the environment.</summary>
internal static class TestHost
{
    public static HostApplicationBuilder CreateBuilder(params (string Key, string? Value)[] configuration)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(configuration.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)));
        builder.Logging.AddFakeLogging();
        // Tests that are about the wait for writers set it themselves: on a clock that stands still it would never end.
        builder.Services.ConfigureAll<StreamxOptions>(o => o.AcceptAfterStop = TimeSpan.Zero);
        return builder;
    }

    /// <summary>The same on a clock of the test's, with a shutdown timeout that only that clock can use up.</summary>
    public static HostApplicationBuilder CreateBuilder(TimeProvider time, params (string Key, string? Value)[] configuration) => CreateBuilder(configuration).On(time);

    /// <summary>Puts a host on a clock of the test's, with a shutdown timeout that only that clock can use up.</summary>
    public static HostApplicationBuilder On(this HostApplicationBuilder builder, TimeProvider time)
    {
        builder.Services.AddSingleton(time);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1000));
        return builder;
    }

    public static IEnumerable<string> Log(this IHost host, LogLevel level) => host.Services.Log(level);

    public static IEnumerable<string> Log(this IServiceProvider services, LogLevel level) =>
        services.GetRequiredService<FakeLogCollector>().GetSnapshot().Where(record => record.Level == level).Select(record => record.Message);

    /// <summary>Ends when the host has been asked to stop, by whomever.</summary>
    public static Task StopRequestedAsync(this IHost host)
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() => stopping.TrySetResult());
        return stopping.Task.WithinAsync();
    }

    /// <summary>Waits until the host is asked to stop, stops it, and gives the report.</summary>
    public static async Task<ShutdownReport> RunToReportAsync(this IHost host)
    {
        await host.StartAsync().WithinAsync();
        await host.StopRequestedAsync();
        await host.StopAsync().WithinAsync();
        return await host.ReportAsync();
    }

    public static Task<ShutdownReport> ReportAsync(this IHost host) =>
        host.Services.GetRequiredService<IStreamxShutdown>().Report.WithinAsync();

    public static ConsumerShutdownReport Consumer(this ShutdownReport report, string name) =>
        Assert.Single(report.Streams.SelectMany(stream => stream.Consumers), consumer => consumer.Name == name);
}
