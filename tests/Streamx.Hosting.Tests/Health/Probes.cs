using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Health;

/// <summary>Asks a host as an orchestrator's probes do.</summary>
internal static class Probes
{
    /// <summary>A host with the checks, on a clock of the test's.</summary>
    public static HostApplicationBuilder CreateBuilder(FakeTimeProvider time, params (string Key, string? Value)[] configuration)
    {
        var builder = TestHost.CreateBuilder(time, configuration);
        builder.Services.AddHealthChecks().AddStreamx();
        return builder;
    }

    public static Task<HealthReportEntry> StartupAsync(this IHost host) => host.ProbeAsync("startup");

    public static Task<HealthReportEntry> LiveAsync(this IHost host) => host.ProbeAsync("live");

    public static Task<HealthReportEntry> ReadyAsync(this IHost host) => host.ProbeAsync("ready");

    /// <summary>Asserts that all three say these.</summary>
    public static async Task AssertProbesAsync(this IHost host, HealthStatus startup, HealthStatus live, HealthStatus ready) =>
        Assert.Equal((startup, live, ready), ((await host.StartupAsync()).Status, (await host.LiveAsync()).Status, (await host.ReadyAsync()).Status));

    /// <summary>What a check says of a stream, for people.</summary>
    public static string Of(this HealthReportEntry entry, string stream) => Assert.IsType<string>(entry.Data[stream]);

    private static async Task<HealthReportEntry> ProbeAsync(this IHost host, string tag)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains(tag)).WithinAsync();
        return Assert.Single(report.Entries).Value;
    }
}
