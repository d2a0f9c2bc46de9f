namespace Streamx.Hosting.Tests.Telemetry;

public class BackpressureMetricsTests
{
    [Fact]
    public async Task Put_RoomForIt_RecordsZeroWithoutAGate()
    {
        var held = new Held();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(o => o.Window = 4)
            .AddFeed(3, staysOpen: true)
            .AddConsumer("a", held.ConsumeAsync));
        await Until.TrueAsync(() => host.Host.Status().Stream.ValuesPut == 3);

        var waits = host.Metrics.Of(StreamxInstruments.BackpressureWaitDuration);

        Assert.Equal([0d, 0d, 0d], waits.Select(wait => wait.Value));
        Assert.All(waits, wait => Assert.Equivalent(
            new Dictionary<string, object?> { [StreamxTags.StreamName] = "Int32", [StreamxTags.ProducerName] = "feed" }, wait.Tags, strict: true));
    }

    [Fact]
    public async Task Put_TwoConsumersMissing_IsGatedByTheLast_WhoseOwnPartIsMarginal()
    {
        var (a, b) = (new Held(), new Held());
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>()
            .AddFeed(2, staysOpen: true)
            .AddConsumer("a", a.ConsumeAsync)
            .AddConsumer("b", b.ConsumeAsync));
        await host.UntilWaitingAsync(1, "a", "b");

        host.Advance(1);
        a.Release(1);
        await host.UntilFinishedAsync("a", 1);
        host.Advance(2);
        b.Release(1);
        await host.UntilWaitingAsync(0, "a", "b");
        await Until.TrueAsync(() => host.Metrics.Sum(StreamxInstruments.BackpressureMarginalTime) > 0);

        Assert.Equal(3, Assert.Single(host.Metrics.Of(StreamxInstruments.BackpressureWaitDuration, (StreamxTags.GatedBy, "b"))).Value);
        Assert.Equal(2, host.Metrics.Sum(StreamxInstruments.BackpressureMarginalTime, (StreamxTags.ConsumerName, "b")));
        Assert.Equal(0, host.Metrics.Sum(StreamxInstruments.BackpressureMarginalTime, (StreamxTags.ConsumerName, "a")));
        Assert.Equal(3, host.ProducerTimes("feed")["put_wait"]);
    }

    [Fact]
    public async Task Put_OneConsumerMissingFromTheStart_IsAllMarginal()
    {
        var b = new Held();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>()
            .AddFeed(2, staysOpen: true)
            .AddConsumer("a", (_, _) => default)
            .AddConsumer("b", b.ConsumeAsync));
        await host.UntilWaitingAsync(1, "b");
        await host.UntilFinishedAsync("a", 1);

        host.Advance(4);
        b.Release(1);
        await host.UntilWaitingAsync(0, "b");
        await Until.TrueAsync(() => host.Metrics.Sum(StreamxInstruments.BackpressureMarginalTime) > 0);

        Assert.Equal(4, host.Metrics.Sum(StreamxInstruments.BackpressureMarginalTime, (StreamxTags.ConsumerName, "b")));
    }

    [Fact]
    public async Task WaitInProgress_ShowsInTimesAgesAndLag_BeforeItEnds()
    {
        var b = new Held();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>()
            .AddFeed(2, staysOpen: true)
            .AddConsumer("a", (_, _) => default)
            .AddConsumer("b", b.ConsumeAsync));
        await host.UntilWaitingAsync(1, "b");
        await host.UntilFinishedAsync("a", 1);
        await b.EnteredAsync(1);

        host.Advance(7);

        Assert.Equal(7, host.ProducerTimes("feed")["put_wait"]);
        Assert.Equal(7, host.ConsumerTimes("b")["process"]);
        Assert.Equal(7, host.Metrics.ObserveOne(StreamxInstruments.ConsumerItemAge, (StreamxTags.ConsumerName, "b")));
        Assert.Equal(0, host.Metrics.ObserveOne(StreamxInstruments.ConsumerItemAge, (StreamxTags.ConsumerName, "a")));
        Assert.Equal(1, host.Metrics.ObserveOne(StreamxInstruments.ConsumerLag, (StreamxTags.ConsumerName, "b")));
        Assert.Equal(0, host.Metrics.ObserveOne(StreamxInstruments.ConsumerLag, (StreamxTags.ConsumerName, "a")));
        Assert.Single(host.Metrics.Of(StreamxInstruments.BackpressureWaitDuration));
    }

    [Fact]
    public async Task TwoProducers_WaitForTheTurn_IsNotWaitForConsumers()
    {
        var a = new Held();
        var first = new Signal();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>()
            .AddProducer("one", async (stream, token) =>
            {
                await stream.PutAsync(1, token);
                await stream.PutAsync(2, token);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            })
            .AddProducer("two", async (stream, token) =>
            {
                await first.WaitAsync(token);
                await stream.PutAsync(3, token);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            })
            .AddConsumer("a", a.ConsumeAsync));
        await host.UntilWaitingAsync(1, "a");
        host.Advance(1);
        first.Set();
        await host.UntilWaitingAsync(2, "a");

        host.Advance(2);
        a.Release(1);
        await Until.TrueAsync(() => host.Host.Status().Stream.ValuesPut == 2);
        await host.UntilWaitingAsync(1, "a");
        host.Advance(4);
        a.Release(2);
        await Until.TrueAsync(() => host.Metrics.Of(StreamxInstruments.BackpressureWaitDuration).Count == 3);
        await Until.TrueAsync(() => host.Metrics.Sum(StreamxInstruments.BackpressureMarginalTime) >= 7);

        Assert.Equal([0d, 3d], host.Metrics.Of(StreamxInstruments.BackpressureWaitDuration, (StreamxTags.ProducerName, "one")).Select(wait => wait.Value));
        Assert.Equal([4d], host.Metrics.Of(StreamxInstruments.BackpressureWaitDuration, (StreamxTags.ProducerName, "two")).Select(wait => wait.Value));
        var (one, two) = (host.ProducerTimes("one"), host.ProducerTimes("two"));
        Assert.Equal((4d, 0d, 3d), (one["produce"], one["turn_wait"], one["put_wait"]));
        Assert.Equal((1d, 2d, 4d), (two["produce"], two["turn_wait"], two["put_wait"]));
        Assert.Equal(7, host.Metrics.Sum(StreamxInstruments.BackpressureMarginalTime, (StreamxTags.ConsumerName, "a")));
    }

    [Fact]
    public async Task ConsumerDetached_CountsAsTheGate()
    {
        var (a, b) = (new Held(), new Held());
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>()
            .AddFeed(2, staysOpen: true)
            .AddConsumer("a", a.ConsumeAsync)
            .AddConsumer("b", b.ConsumeAsync));
        await host.UntilWaitingAsync(1, "a", "b");
        a.Release(1);
        await host.UntilFinishedAsync("a", 1);
        host.Advance(5);

        host.Host.Services.GetRequiredService<IStreamxControl>().DetachConsumer("Int32", "b");
        await Until.TrueAsync(() => host.Metrics.Of(StreamxInstruments.BackpressureWaitDuration).Count == 2);

        Assert.Equal(5, host.Metrics.Sum(StreamxInstruments.BackpressureWaitDuration, (StreamxTags.GatedBy, "b")));
        Assert.Equal(1, host.Metrics.Sum(StreamxInstruments.ConsumerItems, (StreamxTags.ConsumerName, "b"), (StreamxTags.ItemOutcome, "abandoned")));
        Assert.Equal(5, Assert.Single(host.Metrics.Of(StreamxInstruments.ConsumerProcessDuration, (StreamxTags.ConsumerName, "b"))).Value);
    }

    [Fact]
    public async Task PutCancelled_RecordsItsWaitWithTheError()
    {
        var a = new Held();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>().AddConsumer("a", a.ConsumeAsync));
        var writer = host.Host.Services.GetRequiredService<IStreamWriter<int>>();
        await writer.PutAsync(1);
        using var cancellation = new CancellationTokenSource();
        var put = writer.PutAsync(2, cancellation.Token).AsTask();
        await host.UntilWaitingAsync(1, "a");
        host.Advance(2);

        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => put);

        var wait = Assert.Single(host.Metrics.Of(StreamxInstruments.BackpressureWaitDuration, (StreamxTags.ErrorType, "System.OperationCanceledException")));
        Assert.Equal((2d, "a", "(injected)"), (wait.Value, wait.Tag(StreamxTags.GatedBy), wait.Tag(StreamxTags.ProducerName)));
        a.Release(1);
    }

    [Fact]
    public async Task StreamFaults_WaitIsNobodysAndHasTheError()
    {
        var a = new Held();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>().AddConsumer("a", a.ConsumeAsync));
        var stream = host.Host.Services.GetRequiredService<AsyncStream<int>>();
        await stream.PutAsync(1);
        var put = stream.PutAsync(2).AsTask();
        await host.UntilWaitingAsync(1, "a");
        host.Advance(2);

        stream.TryFault(new FormatException());
        await Assert.ThrowsAsync<StreamFaultedException>(() => put);

        var wait = Assert.Single(host.Metrics.Of(StreamxInstruments.BackpressureWaitDuration, (StreamxTags.ErrorType, "Streamx.StreamFaultedException")));
        Assert.Equal((2d, null), (wait.Value, wait.Tag(StreamxTags.GatedBy)));
        a.Release(1);
        await host.StopAsync();
        Assert.Equal("fault", Assert.Single(host.Metrics.Of(StreamxInstruments.StreamCloseDuration)).Tag(StreamxTags.CloseReason));
    }

    [Fact]
    public async Task SubscriptionOfOnesOwn_IsNamedInjected()
    {
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>().AddConsumer("a", (_, _) => default));
        var stream = host.Host.Services.GetRequiredService<AsyncStream<int>>();
        var own = stream.Subscribe("request 4711");
        await stream.PutAsync(1);
        var put = stream.PutAsync(2).AsTask();
        await host.UntilWaitingAsync(1);
        await host.UntilFinishedAsync("a", 1);
        host.Advance(3);

        await own.DisposeAsync();
        await put.WithinAsync();

        Assert.Equal(3, host.Metrics.Sum(StreamxInstruments.BackpressureWaitDuration, (StreamxTags.GatedBy, "(injected)"), (StreamxTags.ProducerName, "(injected)")));
        Assert.Equal(3, host.Metrics.Sum(StreamxInstruments.BackpressureMarginalTime, (StreamxTags.ConsumerName, "(injected)")));
        Assert.Empty(host.Metrics.Observe(StreamxInstruments.ProducerTime));
    }

    [Fact]
    public async Task NobodyThere_WaitHasNoGate()
    {
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(o => o.WhenNoSubscribers = NoSubscribers.Discard)
            .AddConsumer("a", (_, _) => default, o => o.Mode = SubscriptionMode.Latest));
        var stream = host.Host.Services.GetRequiredService<AsyncStream<int>>();

        Assert.True(stream.TryPut(1));

        Assert.Null(Assert.Single(host.Metrics.Of(StreamxInstruments.BackpressureWaitDuration)).Tag(StreamxTags.GatedBy));
    }

    [Fact]
    public async Task TryPut_Refused_IsNoPut()
    {
        var a = new Held();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>().AddConsumer("a", a.ConsumeAsync));
        var writer = host.Host.Services.GetRequiredService<IStreamWriter<int>>();

        Assert.True(writer.TryPut(1));
        Assert.False(writer.TryPut(2));

        Assert.Single(host.Metrics.Of(StreamxInstruments.BackpressureWaitDuration));
        a.Release(1);
    }

    [Fact]
    public async Task ManyWaits_SharesOfTheGatesAddUpToTheTimeWaited()
    {
        var random = new Random(4711);
        var held = Enumerable.Range(0, 3).Select(_ => new Held()).ToArray();
        await using var host = await MeasuredHost.StartAsync(services =>
        {
            var streamx = services.AddStreamx<int>(o => o.Window = 2).AddFeed(50);
            for (var i = 0; i < held.Length; i++) streamx.AddConsumer($"c{i}", held[i].ConsumeAsync);
        });

        for (var value = 1; value <= 50; value++)
        {
            foreach (var i in random.GetItems([0, 1, 2], 3).Concat([0, 1, 2]).Distinct())
            {
                await Until.TrueAsync(() => host.Host.Consumer($"c{i}").Subscription is { HoldsValue: true } subscription && subscription.Position == value - 1);
                host.Advance(random.Next(1, 100) / 8.0);
                held[i].Release(value);
                await host.UntilFinishedAsync($"c{i}", value);
            }
        }

        var waits = host.Metrics.Of(StreamxInstruments.BackpressureWaitDuration);
        Assert.Equal(50, waits.Count);
        Assert.All(waits, wait => Assert.Equal(wait.Value > 0, wait.Tag(StreamxTags.GatedBy) is not null));
        var gated = host.Host.Status().Consumers.ToDictionary(consumer => consumer.Name, consumer => consumer.Subscription!.TimeGating.TotalSeconds);
        Assert.All(gated, consumer => Assert.Equal(consumer.Value, host.Metrics.Sum(StreamxInstruments.BackpressureWaitDuration, (StreamxTags.GatedBy, consumer.Key)), precision: 6));
        Assert.All(gated, consumer => Assert.InRange(host.Metrics.Sum(StreamxInstruments.BackpressureMarginalTime, (StreamxTags.ConsumerName, consumer.Key)), 0, consumer.Value));
        Assert.Equal(waits.Sum(wait => wait.Value), host.ProducerTimes("feed")["put_wait"], precision: 6);
        Assert.True(gated.Values.Sum() > 100);
    }
}
