namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>The invariants of times, on the real clock. Bounds are readings taken before and after, so a busy machine only widens them.</summary>
public class RealTimeTests
{
    private static readonly TimeProvider s_clock = TimeProvider.System;

    [Fact]
    public async Task Workers_UnderLoad_TimesAddUpToTheWallClock_AndGatesToTheWaiting()
    {
        var builder = TestHost.CreateBuilder();
        builder.Services.AddStreamx<int>("real", o => o.Window = 2)
            .AddProducer("one", (stream, token) => PutAsync(stream, 150, token))
            .AddProducer("two", (stream, token) => PutAsync(stream, 150, token))
            .AddConsumer("slow", async (_, token) => await Task.Delay(TimeSpan.FromMilliseconds(3), s_clock, token))
            .AddConsumer("slower", async (value, token) => await Task.Delay(TimeSpan.FromMilliseconds(value % 3 == 0 ? 8 : 1), s_clock, token))
            .AddStreamConsumer<Idle>("fast");
        using var host = builder.Build();
        using var metrics = new MetricsRecorder(host.Services);
        var before = s_clock.GetTimestamp();
        await host.StartAsync().WithinAsync();
        var started = s_clock.GetTimestamp();
        var stream = host.TheStream();
        await Until.TrueAsync(() => host.Status().Stream.ValuesPut >= 200);

        var collecting = s_clock.GetTimestamp();
        metrics.Observe(StreamxInstruments.ConsumerTime);
        var collected = s_clock.GetTimestamp();

        var (least, most) = (s_clock.GetElapsedTime(started, collecting).TotalSeconds, s_clock.GetElapsedTime(before, collected).TotalSeconds);
        foreach (var name in new[] { "slow", "slower", "fast" })
            Assert.InRange(metrics.Sum(StreamxInstruments.ConsumerTime, (StreamxTags.ConsumerName, name)), least * 0.99, most * 1.01);
        foreach (var name in new[] { "one", "two" })
            Assert.InRange(metrics.Sum(StreamxInstruments.ProducerTime, (StreamxTags.ProducerName, name)), least * 0.99, most * 1.01);

        await stream.WhenConsumersReturnedAsync().WithinAsync();
        metrics.Observe(StreamxInstruments.ProducerTime);
        var waited = metrics.Sum(StreamxInstruments.BackpressureWaitDuration);
        var gated = host.Status().Consumers.Sum(consumer => metrics.Sum(StreamxInstruments.BackpressureWaitDuration, (StreamxTags.GatedBy, consumer.Name)));
        Assert.Equal(300, metrics.Of(StreamxInstruments.BackpressureWaitDuration).Count);
        Assert.Equal(waited, gated, precision: 6);
        Assert.Equal(waited, metrics.Sum(StreamxInstruments.ProducerTime, (StreamxTags.ProducerState, "put_wait")), precision: 6);
        Assert.InRange(metrics.Sum(StreamxInstruments.BackpressureMarginalTime), 0, waited);
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task StuckConsumer_ShowsInOneCollection()
    {
        var held = new Held();
        var builder = TestHost.CreateBuilder();
        builder.Services.AddStreamx<int>("real").AddFeed(2, staysOpen: true).AddConsumer("fine", (_, _) => default).AddConsumer("stuck", held.ConsumeAsync);
        using var host = builder.Build();
        using var metrics = new MetricsRecorder(host.Services);
        await host.StartAsync().WithinAsync();
        await host.UntilHeldAsync("stuck");
        await held.EnteredAsync(1);
        var stuck = s_clock.GetTimestamp();
        await Task.Delay(TimeSpan.FromMilliseconds(200), s_clock);
        var least = s_clock.GetElapsedTime(stuck).TotalSeconds;

        var age = metrics.ObserveOne(StreamxInstruments.ConsumerItemAge, (StreamxTags.ConsumerName, "stuck"));

        Assert.True(age >= least, $"{age} s, but it has been stuck for {least} s.");
        Assert.True(metrics.Sum(StreamxInstruments.ProducerTime, (StreamxTags.ProducerState, "put_wait")) >= least);
        Assert.True(metrics.Sum(StreamxInstruments.ConsumerTime, (StreamxTags.ConsumerName, "stuck"), (StreamxTags.ConsumerState, "process")) >= least);
        Assert.Equal(0, metrics.Sum(StreamxInstruments.ConsumerItemAge, (StreamxTags.ConsumerName, "fine")));
        Assert.Single(metrics.Of(StreamxInstruments.BackpressureWaitDuration));
        held.Release(1);
        held.Release(2);
        await host.StopAsync().WithinAsync();
    }

    private static async Task PutAsync(IStreamWriter<int> stream, int count, CancellationToken token)
    {
        for (var i = 1; i <= count; i++) await stream.PutAsync(i, token);
    }

    private sealed class Idle : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var value in stream) _ = value;
        }
    }
}
