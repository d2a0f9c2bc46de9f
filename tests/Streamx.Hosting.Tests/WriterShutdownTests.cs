using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests;

/// <summary>What application code puts while the host stops.</summary>
public abstract class WriterShutdownTests(RegistrationOrder order, bool stopConcurrently) : HostTests(order, stopConcurrently)
{
    public sealed class AsWritten() : WriterShutdownTests(RegistrationOrder.AsWritten, stopConcurrently: false);

    public sealed class AsWrittenConcurrently() : WriterShutdownTests(RegistrationOrder.AsWritten, stopConcurrently: true);

    public sealed class Reversed() : WriterShutdownTests(RegistrationOrder.Reversed, stopConcurrently: false);

    public sealed class ReversedConcurrently() : WriterShutdownTests(RegistrationOrder.Reversed, stopConcurrently: true);

    [Fact]
    public async Task Stop_ServicePutsForTheFirstTimeInItsStop_IsAcceptedAndDelivered()
    {
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton<IHostedService>(provider => StoppingWith(provider.GetRequiredService<IStreamWriter<int>>(), 1));
        builder.Services.AddStreamx<int>().AddConsumer("any", seen.By("any"));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await host.StopAsync().WithinAsync();

        Assert.Equal([1], seen["any"]);
        host.AssertEndedWell(await host.ReportAsync());
    }

    [Fact]
    public async Task Stop_ServiceOfAPipelinePutsForTheFirstTimeInItsStop_PassesEveryStage()
    {
        var seen = new Seen<string>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton<IHostedService>(provider => StoppingWith(provider.GetRequiredService<IStreamWriter<int>>(), 1));
        builder.Services.AddStreamx<int>().AddProcessor<string, Texts>();
        builder.Services.AddStreamx<string>().AddConsumer("any", seen.By("any"));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await host.StopAsync().WithinAsync();

        Assert.Equal(["1"], seen["any"]);
        host.AssertEndedWell(await host.ReportAsync());
    }

    [Fact]
    public async Task Stop_WriterResolvedButNeverUsed_StaysOpenWhileServicesStop_AndTakesNoTime()
    {
        StreamState? state = null;
        var builder = CreateBuilder();
        builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider());
        builder.Services.AddStreamx<int>(o => o.AcceptAfterStop = TimeSpan.FromSeconds(5)).AddConsumer("any", (_, _) => default);
        builder.Services.AddSingleton<IHostedService>(provider => new HookService
        {
            OnStop = _ =>
            {
                state = provider.GetRequiredService<AsyncStream<int>>().State;
                return Task.CompletedTask;
            },
        });
        using var host = builder.Build();
        host.Services.GetRequiredService<IStreamWriter<int>>();
        await host.StartAsync().WithinAsync();

        await host.StopAsync().WithinAsync();

        Assert.Equal(StreamState.Open, state);
        // The clock stood still.
        Assert.Equal(TimeSpan.Zero, (await host.ReportAsync()).Elapsed);
    }

    [Fact]
    public async Task Stop_StreamResolvedForReadingOnly_EndsBeforeAnyServiceStops()
    {
        StreamState? state = null;
        var builder = CreateBuilder();
        builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider());
        builder.Services.AddStreamx<int>(o => o.AcceptAfterStop = TimeSpan.FromSeconds(5)).AddConsumer("any", (_, _) => default);
        builder.Services.AddSingleton<IHostedService>(provider => new HookService
        {
            OnStop = _ =>
            {
                state = provider.GetRequiredService<AsyncStream<int>>().State;
                return Task.CompletedTask;
            },
        });
        using var host = builder.Build();
        host.Services.GetRequiredService<AsyncStream<int>>();
        await host.StartAsync().WithinAsync();

        await host.StopAsync().WithinAsync();

        Assert.Equal(StreamState.Closed, state);
    }

    [Fact]
    public async Task Stop_WriterInUse_AnotherServiceMayStillPutWhileItStops()
    {
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(seen);
        builder.Services.AddStreamx<int>().AddConsumer<NotingConsumer>();
        builder.Services.AddSingleton<IHostedService>(provider => new HookService
        {
            OnStop = token => provider.GetRequiredService<IStreamWriter<int>>().PutAsync(2, token).AsTask(),
        });
        using var host = builder.Build();
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();

        await host.StopAsync().WithinAsync();

        Assert.Equal([1, 2], seen[nameof(NotingConsumer)]);
        await Assert.ThrowsAsync<StreamClosedException>(() => writer.PutAsync(3).WithinAsync());
    }

    [Fact]
    public async Task Stop_WriterInUseAndAnotherServiceStopsSlowly_ClosesAtHalfTheDeadline()
    {
        var time = new FakeTimeProvider();
        var stoppingOther = new Signal();
        var release = new Signal();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>(o => o.DrainTimeout = TimeSpan.FromSeconds(10)).AddConsumer("any", (_, _) => default);
        builder.Services.AddSingleton<IHostedService>(new HookService
        {
            OnStop = async _ =>
            {
                stoppingOther.Set();
                await release.WaitAsync();
            },
        });
        using var host = builder.Build();
        var stream = host.Services.GetRequiredService<AsyncStream<int>>();
        await host.StartAsync().WithinAsync();
        await stream.PutAsync(1).WithinAsync();

        var stop = host.StopAsync();
        await stoppingOther.WaitAsync();
        time.Advance(TimeSpan.FromSeconds(4.999));
        await stream.PutAsync(2).WithinAsync();
        var stateBefore = stream.State;
        time.Advance(TimeSpan.FromMilliseconds(1));
        await stream.Completion.WithinAsync();

        Assert.Equal(StreamState.Open, stateBefore);
        await Assert.ThrowsAsync<StreamClosedException>(() => stream.PutAsync(3).WithinAsync());
        release.Set();
        await stop.WithinAsync();
        Assert.Equal(2, (await host.ReportAsync()).Consumer("any").Finished);
    }

    [Fact]
    public async Task Stop_WriterInUse_ServicesStopOnceItHasBeenIdleForASecond()
    {
        var time = new FakeTimeProvider();
        var servicesStop = new Signal();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>(o => o.AcceptAfterStop = TimeSpan.FromSeconds(5)).AddConsumer("any", (_, _) => default);
        builder.Services.AddSingleton<IHostedService>(new HookService
        {
            OnStop = _ =>
            {
                servicesStop.Set();
                return Task.CompletedTask;
            },
        });
        using var host = builder.Build();
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();

        var stop = host.StopAsync();
        await Until.TrueAsync(() => host.TheStream().InjectedPuts.IsTimed);
        time.Advance(TimeSpan.FromSeconds(.6));
        await writer.PutAsync(2).WithinAsync();
        await Until.TrueAsync(() => host.Status().Consumers[0].ValuesFinished == 2);
        time.Advance(TimeSpan.FromSeconds(.999));
        var stoppedEarly = servicesStop.IsSet;
        await time.AdvanceUntilAsync(servicesStop.WaitAsync());
        await stop.WithinAsync();

        Assert.False(stoppedEarly);
        Assert.Equal(2, (await host.ReportAsync()).Consumer("any").Finished);
    }

    [Fact]
    public async Task Stop_WriterKeepsPutting_ServicesStopAfterAcceptAfterStop()
    {
        var time = new FakeTimeProvider();
        var holding = new Signal();
        var release = new Signal();
        var servicesStop = new Signal();
        var builder = CreateBuilder(time);
        builder.Services.AddStreamx<int>(o => o.AcceptAfterStop = TimeSpan.FromSeconds(5)).AddConsumer("holding", async (_, _) =>
        {
            holding.Set();
            await release.WaitAsync();
        });
        builder.Services.AddSingleton<IHostedService>(new HookService
        {
            OnStop = _ =>
            {
                servicesStop.Set();
                return Task.CompletedTask;
            },
        });
        using var host = builder.Build();
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        await holding.WaitAsync();

        var stop = host.StopAsync();
        await Until.TrueAsync(() => host.TheStream().InjectedPuts.IsTimed);
        time.Advance(TimeSpan.FromSeconds(4.999));
        var stoppedEarly = servicesStop.IsSet;
        time.Advance(TimeSpan.FromMilliseconds(1));
        await servicesStop.WaitAsync();
        release.Set();
        await stop.WithinAsync();

        Assert.False(stoppedEarly);
        Assert.Equal(1, (await host.ReportAsync()).Consumer("holding").Finished);
    }

    private static HookService StoppingWith(IStreamWriter<int> writer, int value) => new() { OnStop = token => writer.PutAsync(value, token).AsTask() };

    internal sealed class Texts : IProcessor<int, string>
    {
        public async Task ProcessAsync(int value, IStreamWriter<string> output, CancellationToken abortToken) =>
            await output.PutAsync($"{value}", abortToken);
    }
}
