using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Health;

public class HealthRegistrationTests
{
    [Fact]
    public void AddStreamx_Twice_AddsEachCheckOnce_OptionsCompose()
    {
        var builder = TestHost.CreateBuilder();
        builder.Services.AddHealthChecks()
            .AddStreamx(o => o.MaxItemAge = TimeSpan.FromMinutes(1))
            .AddStreamx()
            .AddStreamx(o => o.MaxItemAge += TimeSpan.FromMinutes(1));
        using var host = builder.Build();

        var checks = host.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations;

        Assert.Equal(["streamx-startup startup", "streamx-live live", "streamx-ready ready"], checks.Select(check => $"{check.Name} {string.Join(',', check.Tags)}"));
        Assert.Equal(TimeSpan.FromMinutes(2), Options(host).MaxItemAge);
    }

    [Fact]
    public void AddStreamx_Null_Throws()
    {
        var builder = TestHost.CreateBuilder().Services.AddHealthChecks();

        Assert.Throws<ArgumentNullException>(() => ((IHealthChecksBuilder)null!).AddStreamx());
        Assert.Throws<ArgumentNullException>(() => ((IHealthChecksBuilder)null!).AddStreamx(_ => { }));
        Assert.Throws<ArgumentNullException>(() => builder.AddStreamx(null!));
    }

    [Fact]
    public void Options_Default_HasNoLimit_ConfigurationWinsOverCode()
    {
        using var unset = Probes.CreateBuilder(new FakeTimeProvider()).Build();
        var builder = TestHost.CreateBuilder(("StreamxHealth:MaxItemAge", "00:05:00"));
        builder.Services.AddHealthChecks().AddStreamx(o => o.MaxItemAge = TimeSpan.FromMinutes(1));
        using var set = builder.Build();

        Assert.Null(Options(unset).MaxItemAge);
        Assert.Equal(TimeSpan.FromMinutes(5), Options(set).MaxItemAge);
    }

    [Theory]
    [InlineData("StreamxHealth:MaxItemAge", "00:00:00", "StreamxHealth:MaxItemAge must be more than 0 and at most 24.20:31:23.6470000, but is 00:00:00. Leave it out for no limit.")]
    [InlineData("StreamxHealth:MaxItemAge", "300", "StreamxHealth:MaxItemAge is '300', which has no unit.")]
    [InlineData("StreamxHealth:MaxItemAge", "soon", "Failed to convert configuration value 'soon' at 'StreamxHealth:MaxItemAge'")]
    [InlineData("StreamxHealth:MaxAge", "00:01:00", "Configuration 'StreamxHealth:MaxAge' has no effect. Known settings there: MaxItemAge.")]
    public async Task Start_BadSetting_FailsNamingIt(string key, string value, string message)
    {
        var builder = Probes.CreateBuilder(new FakeTimeProvider(), (key, value));
        builder.Services.AddStreamx<int>().AddConsumer("c", (_, _) => default);
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync().WithinAsync());

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checks_FailureStatusChangedByTheUser_ReportThat()
    {
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        builder.Services.AddStreamx<int>().AddConsumer("c", (_, _) => default);
        builder.Services.Configure<HealthCheckServiceOptions>(o =>
        {
            foreach (var check in o.Registrations) check.FailureStatus = HealthStatus.Degraded;
        });
        using var host = builder.Build();

        await host.AssertProbesAsync(HealthStatus.Degraded, HealthStatus.Healthy, HealthStatus.Degraded);
    }

    private static StreamxHealthOptions Options(IHost host) => host.Services.GetRequiredService<IOptions<StreamxHealthOptions>>().Value;
}
