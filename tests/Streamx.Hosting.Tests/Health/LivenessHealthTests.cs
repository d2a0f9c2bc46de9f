using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Health;

public class LivenessHealthTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Batch)]
    [InlineData(ConsumerKind.Loop)]
    public async Task Live_ConsumerHasFailed_IsUnhealthyAndNamesIt(ConsumerKind kind)
    {
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("s").AddFeed(1, staysOpen: true).AddConsumer("healthy", (_, _) => default)
            .AddScripted(kind, (_, _) => throw new InvalidOperationException("the password is secret"));
        builder.Services.AddStreamx<string>("other").AddConsumer("idle", (_, _) => default);
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await host.StopRequestedAsync();
        var live = await host.LiveAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal(HealthStatus.Unhealthy, live.Status);
        Assert.Equal("Stream 's' has failed with InvalidOperationException of consumer 'scripted'.", live.Description);
        Assert.Equal("the password is secret", live.Exception?.Message);
        Assert.StartsWith("Faulted, 1 value put.", live.Of("s"), StringComparison.Ordinal);
        Assert.Equal("Open, 0 values put. Producers: none. Consumers: idle Idle.", live.Of("other"));
        await host.AssertProbesAsync(HealthStatus.Healthy, HealthStatus.Unhealthy, HealthStatus.Unhealthy);
    }

    [Fact]
    public async Task Live_ProducerHasFailed_IsUnhealthyAndNamesIt()
    {
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("s").AddProducer("feed", (_, _) => throw new IOException("gone")).AddConsumer("c", (_, _) => default);
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await host.StopRequestedAsync();
        var live = await host.LiveAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal((HealthStatus.Unhealthy, "Stream 's' has failed with IOException of producer 'feed'."), (live.Status, live.Description));
    }

    [Fact]
    public async Task Live_StreamFaultedFromOutside_IsUnhealthy()
    {
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("s").AddConsumer("c", (_, _) => default);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        host.Services.GetRequiredKeyedService<AsyncStream<int>>("s").TryFault(new IOException("gone"));
        var live = await host.LiveAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal((HealthStatus.Unhealthy, "Stream 's' has failed with IOException."), (live.Status, live.Description));
    }

    [Fact]
    public async Task Live_RestartPending_IsHealthy()
    {
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("s", o => o.DrainTimeout = TimeSpan.Zero).AddProducer(
            "feed",
            async (stream, token) =>
            {
                await stream.PutAsync(1, token);
                throw new IOException("gone");
            },
            o => (o.OnFailure, o.Restart) = (ProducerFailure.Restart, PolicyHost.Endless()))
            .AddConsumer("c", (_, _) => throw new IOException("gone"), o => (o.OnFailure, o.Restart) = (ConsumerFailure.Restart, PolicyHost.Endless()));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilConsumerAsync("c", consumer => consumer.State == StreamxConsumerState.RestartWait);
        await host.UntilAsync(status => status.Producers[0].State == StreamxProducerState.RestartWait);

        var live = await host.LiveAsync();

        Assert.Equal((HealthStatus.Healthy, "No stream has failed."), (live.Status, live.Description));
        Assert.Equal("Open, 1 value put. Producers: feed RestartWait. Consumers: c RestartWait for 0.0 s.", live.Of("s"));
        await host.AssertProbesAsync(HealthStatus.Healthy, HealthStatus.Healthy, HealthStatus.Healthy);
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Live_RestartsUsedUp_IsUnhealthy()
    {
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("s").AddFeed(1, staysOpen: true)
            .AddConsumer("c", (_, _) => throw new IOException("gone"), o => (o.OnFailure, o.Restart) = (ConsumerFailure.Restart, PolicyHost.AtOnce(2)));
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await host.StopRequestedAsync();
        var live = await host.LiveAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal((HealthStatus.Unhealthy, "Stream 's' has failed with IOException of consumer 'c'."), (live.Status, live.Description));
    }

    [Fact]
    public async Task Live_ConsumerDetachedAfterFailure_IsHealthy()
    {
        var builder = Probes.CreateBuilder(new FakeTimeProvider());
        builder.Services.AddStreamx<int>("s").AddFeed(1, staysOpen: true).AddConsumer("healthy", (_, _) => default)
            .AddConsumer("c", (_, _) => throw new IOException("gone"), o => o.OnFailure = ConsumerFailure.Detach);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilConsumerAsync("c", consumer => consumer.State == StreamxConsumerState.Detached);

        await host.AssertProbesAsync(HealthStatus.Healthy, HealthStatus.Healthy, HealthStatus.Healthy);

        Assert.Contains("c Detached", (await host.LiveAsync()).Of("s"), StringComparison.Ordinal);
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Live_ItemOlderThanTheLimit_IsUnhealthyUntilItIsFinished_ItsPeersAreNotNamed()
    {
        var time = new FakeTimeProvider();
        var release = new Signal();
        var builder = Probes.CreateBuilder(time, ("StreamxHealth:MaxItemAge", $"{s_limit}"));
        builder.Services.AddStreamx<int>("s").AddFeed(2, staysOpen: true).AddConsumer("blocked", (_, _) => default)
            .AddConsumer("slow", (_, _) => new ValueTask(release.WaitAsync()));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHeldAsync("slow");
        await host.UntilConsumerAsync("blocked", consumer => consumer.ValuesFinished == 1);

        time.Advance(s_limit);
        var atTheLimit = await host.LiveAsync();
        time.Advance(TimeSpan.FromSeconds(1.5));
        var beyond = await host.LiveAsync();
        release.Set();
        await host.UntilConsumerAsync("slow", consumer => consumer.ValuesFinished == 2);
        var afterwards = await host.LiveAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal(HealthStatus.Healthy, atTheLimit.Status);
        Assert.Equal(HealthStatus.Unhealthy, beyond.Status);
        Assert.Equal("Consumer 'slow' of stream 's' has held one value for 301.5 s, longer than StreamxHealth:MaxItemAge, 300.0 s.", beyond.Description);
        Assert.Equal("Open, 1 value put, 1 put waits, the oldest for 301.5 s. Producers: feed Running. Consumers: blocked Idle, slow Processing for 301.5 s (stalled).", beyond.Of("s"));
        Assert.Equal(HealthStatus.Healthy, afterwards.Status);
    }

    [Fact]
    public async Task Live_WithoutALimit_StalledForDays_IsHealthy()
    {
        var time = new FakeTimeProvider();
        var release = new Signal();
        var builder = Probes.CreateBuilder(time);
        builder.Services.AddStreamx<int>("s").AddFeed(2, staysOpen: true).AddConsumer("slow", (_, _) => new ValueTask(release.WaitAsync()));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilHeldAsync("slow");

        time.Advance(TimeSpan.FromDays(3));
        await host.AssertProbesAsync(HealthStatus.Healthy, HealthStatus.Healthy, HealthStatus.Degraded);

        release.Set();
        await host.StopAsync().WithinAsync();
    }
}
