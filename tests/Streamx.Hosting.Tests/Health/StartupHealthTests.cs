using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Health;

public class StartupHealthTests
{
    [Fact]
    public async Task Startup_BeforeTheStart_IsUnhealthy_AndBuildsNothing()
    {
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        builder.Services.AddStreamx<int>(o => o.Window = 0).AddConsumer("any", (_, _) => default);
        using var host = builder.Build();

        var startup = await host.StartupAsync();
        await host.AssertProbesAsync(HealthStatus.Unhealthy, HealthStatus.Healthy, HealthStatus.Unhealthy);

        // Building the stream would have thrown, because of its window.
        Assert.Equal("The consumers have not been attached yet.", startup.Description);
        Assert.Null(startup.Exception);
        Assert.Equal("The host has not started its streams yet.", (await host.ReadyAsync()).Description);
    }

    [Fact]
    public async Task Startup_WhileHostedServicesStart_NamesWhoHasNotBeenStarted()
    {
        var starting = new Signal();
        var release = new Signal();
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        builder.Services.AddSingleton<IHostedService>(new HookService
        {
            OnStart = async _ =>
            {
                starting.Set();
                await release.WaitAsync();
            },
        });
        builder.Services.AddStreamx<int>("s").AddFeed(0, staysOpen: true).AddConsumer("c", (_, _) => default);
        using var host = builder.Build();

        var start = host.StartAsync();
        await starting.WaitAsync();
        var during = await host.StartupAsync();
        var live = await host.LiveAsync();
        release.Set();
        await start.WithinAsync();
        var after = await host.StartupAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal(HealthStatus.Unhealthy, during.Status);
        Assert.Equal("Producer 'feed' of stream 's' has not been started yet.", during.Description);
        Assert.Equal("Open, 0 values put. Producers: feed NotStarted. Consumers: c Idle.", during.Of("s"));
        Assert.Equal(HealthStatus.Healthy, live.Status);
        Assert.Equal(HealthStatus.Healthy, after.Status);
        Assert.Equal("Every consumer has been attached, and every worker started.", after.Description);
        Assert.Equal("Open, 0 values put. Producers: feed Running. Consumers: c Idle.", after.Of("S"));
    }

    [Fact]
    public async Task Startup_ConsumerDetachedSince_StaysHealthy()
    {
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("s").AddConsumer("one", (_, _) => default).AddConsumer("two", (_, _) => default);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        host.Services.GetRequiredService<IStreamxControl>().DetachConsumer("s", "two");

        await host.AssertProbesAsync(HealthStatus.Healthy, HealthStatus.Healthy, HealthStatus.Healthy);
        Assert.Equal("Open, 0 values put. Producers: none. Consumers: one Idle, two Detached.", (await host.ReadyAsync()).Of("s"));
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Probes_NoStreamRegistered_AreHealthy()
    {
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await host.AssertProbesAsync(HealthStatus.Healthy, HealthStatus.Healthy, HealthStatus.Healthy);

        Assert.Equal("No stream is registered.", (await host.ReadyAsync()).Description);
        await host.StopAsync().WithinAsync();
    }
}
