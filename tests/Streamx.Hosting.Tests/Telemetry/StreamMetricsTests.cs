namespace Streamx.Hosting.Tests.Telemetry;

public class StreamMetricsTests
{
    [Fact]
    public async Task Started_CountersWithKnownTags_BeginAtZero()
    {
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>().AddConsumer("a", (_, _) => default).AddConsumer("b", (_, _) => default));

        foreach (var consumer in new[] { "a", "b" })
        {
            Assert.Equal(0, Assert.Single(host.Metrics.Of(StreamxInstruments.BackpressureMarginalTime, (StreamxTags.ConsumerName, consumer))).Value);
            Assert.Equal(0, Assert.Single(host.Metrics.Of(StreamxInstruments.StreamUndelivered, (StreamxTags.ConsumerName, consumer))).Value);
            Assert.Equal(
                ["abandoned", "dead_lettered", "finished", "skipped"],
                host.Metrics.Of(StreamxInstruments.ConsumerItems, (StreamxTags.ConsumerName, consumer)).Select(items => items.Tag(StreamxTags.ItemOutcome)).Order());
        }
    }

    [Fact]
    public async Task Status_FollowsTheStream()
    {
        var held = new Held();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>().AddConsumer("a", held.ConsumeAsync));
        var stream = host.Host.Services.GetRequiredService<AsyncStream<int>>();
        await stream.PutAsync(1);
        var open = States(host);
        var close = stream.CloseAsync();
        var closing = States(host);
        host.Advance(2);
        held.Release(1);
        await close.WithinAsync();
        await Until.TrueAsync(() => host.Metrics.Of(StreamxInstruments.StreamCloseDuration).Count == 1);

        Assert.Equal(["open"], open);
        Assert.Equal(["closing"], closing);
        Assert.Equal(["closed"], States(host));
        Assert.Equal(4, host.Metrics.Observe(StreamxInstruments.StreamStatus).Count);
        var duration = Assert.Single(host.Metrics.Of(StreamxInstruments.StreamCloseDuration));
        Assert.Equal((2d, "completed"), (duration.Value, duration.Tag(StreamxTags.CloseReason)));
    }

    [Fact]
    public async Task Active_CountsWhoIsAttachedAndWhoRuns()
    {
        var end = new Signal();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>()
            .AddProducer("one", async (_, token) => await end.WaitAsync(token))
            .AddFeed(0, staysOpen: true)
            .AddConsumer("a", (_, _) => default)
            .AddConsumer("b", (_, _) => default));
        var before = (Active(StreamxInstruments.ProducerActive), Active(StreamxInstruments.ConsumerActive));
        host.Host.Services.GetRequiredService<IStreamxControl>().DetachConsumer("Int32", "b");
        end.Set();
        await Until.TrueAsync(() => Active(StreamxInstruments.ProducerActive) == 1);

        Assert.Equal((2, 2), before);
        Assert.Equal(1, Active(StreamxInstruments.ConsumerActive));
        await host.StopAsync();
        Assert.Equal((0, 0), (Active(StreamxInstruments.ProducerActive), Active(StreamxInstruments.ConsumerActive)));

        double Active(string instrument) => host.Metrics.ObserveOne(instrument);
    }

    [Fact]
    public async Task StopWhileProducing_CloseReasonIsShutdown()
    {
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>().AddFeed(1, staysOpen: true).AddConsumer("a", (_, _) => default));

        await host.StopAsync();

        Assert.Equal("shutdown", Assert.Single(host.Metrics.Of(StreamxInstruments.StreamCloseDuration)).Tag(StreamxTags.CloseReason));
    }

    [Fact]
    public async Task TwoHosts_HaveInstrumentsOfTheirOwn()
    {
        await using var one = await MeasuredHost.StartAsync(services => services.AddStreamx<int>().AddFeed(5, staysOpen: true).AddConsumer("a", (_, _) => default));
        await using var other = await MeasuredHost.StartAsync(services => services.AddStreamx<int>().AddConsumer("b", (_, _) => default));
        await one.UntilFinishedAsync("a", 5);

        Assert.Empty(other.Metrics.Of(StreamxInstruments.BackpressureWaitDuration));
        Assert.Empty(other.Metrics.Observe(StreamxInstruments.ConsumerLag, (StreamxTags.ConsumerName, "a")));
    }

    private static IEnumerable<object?> States(MeasuredHost host) =>
        host.Metrics.Observe(StreamxInstruments.StreamStatus).Where(state => state.Value > 0).Select(state => state.Tag(StreamxTags.StreamState));
}
