using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Health;

public class ReadinessHealthTests
{
    private static readonly TimeSpan s_stallAfter = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Ready_Idle_IsHealthy()
    {
        var time = new FakeTimeProvider();
        var builder = Probes.CreateBuilder(time, ("StreamxHealth:MaxItemAge", "00:01:00"));
        builder.Services.AddStreamx<int>("s").AddConsumer("c", (_, _) => default);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        time.Advance(TimeSpan.FromDays(1));
        await host.AssertProbesAsync(HealthStatus.Healthy, HealthStatus.Healthy, HealthStatus.Healthy);

        Assert.Equal("The streams are open.", (await host.ReadyAsync()).Description);
        await host.StopAsync().WithinAsync();
    }

    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Batch)]
    [InlineData(ConsumerKind.Loop)]
    public async Task Ready_ConsumerStalls_IsDegradedAndNamesItUntilItGoesOn(ConsumerKind kind)
    {
        var time = new FakeTimeProvider();
        var release = new Signal();
        var builder = Probes.CreateBuilder(time);
        builder.Services.AddStreamx<int>("s").AddFeed(2, staysOpen: true).AddConsumer("blocked", (_, _) => default)
            .AddScripted(kind, (_, _) => new ValueTask(release.WaitAsync()), o => o.StallAfter = s_stallAfter);
        builder.Services.AddStreamx<string>("other").AddConsumer("idle", (_, _) => default);
        using var host = builder.Build();
        var control = host.Services.GetRequiredService<IStreamxControl>();
        await host.StartAsync().WithinAsync();
        await Until.TrueAsync(() => control.GetStreams()[0] is
        {
            Stream.ValuesWaiting: > 0,
            Consumers: [{ ValuesFinished: 1 }, { Subscription.HoldsValue: true }],
        });

        time.Advance(s_stallAfter - TimeSpan.FromMilliseconds(1));
        var before = await host.ReadyAsync();
        time.Advance(TimeSpan.FromMilliseconds(1));
        var during = await host.ReadyAsync();
        await host.AssertProbesAsync(HealthStatus.Healthy, HealthStatus.Healthy, HealthStatus.Degraded);
        release.Set();
        await Until.TrueAsync(() => control.GetStreams()[0].Consumers[1].ValuesFinished == 2);
        var afterwards = await host.ReadyAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal(HealthStatus.Healthy, before.Status);
        Assert.Equal(HealthStatus.Degraded, during.Status);
        Assert.Equal("Consumer 'scripted' of stream 's' has held one value for 10.0 s; 1 put waits.", during.Description);
        Assert.Equal("Open, 1 value put, 1 put waits, the oldest for 10.0 s. Producers: feed Running. Consumers: blocked Idle, scripted Processing for 10.0 s (stalled).", during.Of("s"));
        Assert.Equal("Open, 0 values put. Producers: none. Consumers: idle Idle.", during.Of("other"));
        Assert.Equal(HealthStatus.Healthy, afterwards.Status);
    }

    [Fact]
    public async Task Ready_HostBeginsToStop_IsUnhealthyBeforeAnyServiceIsStopped()
    {
        HealthReportEntry? whileStopping = null;
        IHost? host = null;
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("s").AddConsumer("c", (_, _) => default);
        // Stopped before the streams, as a web server is.
        builder.Services.AddSingleton<IHostedService>(new HookService { OnStop = async _ => whileStopping = await host!.ReadyAsync() });
        using (host = builder.Build())
        {
            await host.StartAsync().WithinAsync();
            // The stream stays open for the writer until every service has stopped.
            await host.Services.GetRequiredKeyedService<IStreamWriter<int>>("s").PutAsync(1).WithinAsync();
            var running = await host.ReadyAsync();

            await host.StopAsync().WithinAsync();

            Assert.Equal(HealthStatus.Healthy, running.Status);
            Assert.Equal((HealthStatus.Unhealthy, "The host is stopping, or has stopped."), (whileStopping?.Status, whileStopping?.Description));
            Assert.StartsWith("Open,", whileStopping!.Value.Of("s"), StringComparison.Ordinal);
            // Stopped: nothing failed, so nobody need be restarted.
            await host.AssertProbesAsync(HealthStatus.Healthy, HealthStatus.Healthy, HealthStatus.Unhealthy);
            Assert.Equal("Closed, 1 value put. Producers: none. Consumers: c Ended.", (await host.LiveAsync()).Of("s"));
        }
    }

    [Fact]
    public async Task Ready_HostIsToldToStop_IsUnhealthyAtOnce()
    {
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("s").AddConsumer("c", (_, _) => default);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        await host.AssertProbesAsync(HealthStatus.Healthy, HealthStatus.Healthy, HealthStatus.Unhealthy);
        Assert.StartsWith("Open,", (await host.ReadyAsync()).Of("s"), StringComparison.Ordinal);
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Ready_StreamHasCompleted_IsUnhealthyOnceNoneIsOpen_LiveStaysHealthy()
    {
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("load").AddFeed(3).AddConsumer("c", (_, _) => default);
        builder.Services.AddStreamx<string>("other").AddConsumer("idle", (_, _) => default);
        using var host = builder.Build();
        var control = host.Services.GetRequiredService<IStreamxControl>();
        await host.StartAsync().WithinAsync();
        await Until.TrueAsync(() => control.GetStreams()[0].Stream.State == StreamState.Closed);

        var oneIsOpen = await host.ReadyAsync();
        await control.DrainAsync("other").WithinAsync();
        var noneIsOpen = await host.ReadyAsync();

        Assert.Equal((HealthStatus.Healthy, "The streams are open."), (oneIsOpen.Status, oneIsOpen.Description));
        Assert.StartsWith("Closed, 3 values put.", oneIsOpen.Of("load"), StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Unhealthy, noneIsOpen.Status);
        Assert.Equal("Stream 'load' is Closed and takes no more values. Stream 'other' is Closed and takes no more values.", noneIsOpen.Description);
        await host.AssertProbesAsync(HealthStatus.Healthy, HealthStatus.Healthy, HealthStatus.Unhealthy);
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Ready_StreamWithAnInjectedWriterHasEnded_IsUnhealthyThoughAnotherIsOpen()
    {
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("posted").AddConsumer("c", (_, _) => default);
        builder.Services.AddStreamx<string>("other").AddConsumer("idle", (_, _) => default);
        using var host = builder.Build();
        host.Services.GetRequiredKeyedService<IStreamWriter<int>>("posted");
        await host.StartAsync().WithinAsync();

        await host.Services.GetRequiredService<IStreamxControl>().DrainAsync("posted").WithinAsync();
        var ready = await host.ReadyAsync();

        Assert.Equal((HealthStatus.Unhealthy, "Stream 'posted' is Closed and takes no more values."), (ready.Status, ready.Description));
        await host.StopAsync().WithinAsync();
    }
}
