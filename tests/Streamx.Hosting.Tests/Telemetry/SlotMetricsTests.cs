using Streamx.Hosting.Tests.Concurrency;

namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>What is measured of a consumer with several slots.</summary>
public sealed class SlotMetricsTests
{
    [Fact]
    public async Task Time_OfAllSlots_AddsUpToTheWallClockTimesTheirNumber()
    {
        var calls = new HeldCalls();
        await using var host = await StartAsync(calls, slots: 4);
        await PutAsync(host, 1);
        await PutAsync(host, 2);
        await calls.UntilInHandAsync(1, 2);
        await host.Host.UntilConsumerAsync("slots", consumer => consumer.SlotsBusy == 2);

        var before = host.ConsumerTimes("slots");
        host.Advance(10);
        var after = host.ConsumerTimes("slots");

        Assert.Equal((20d, 20d), (after["process"] - before["process"], after["idle"] - before["idle"]));
        Assert.Equal(40, after.Values.Sum() - before.Values.Sum());
        Assert.Equal(4, host.Metrics.ObserveOne(StreamxInstruments.ConsumerConcurrency, (StreamxTags.ConsumerName, "slots")));
        calls.Open();
    }

    [Fact]
    public async Task Age_SeveralInHand_IsThatOfTheOldest()
    {
        var calls = new HeldCalls();
        await using var host = await StartAsync(calls, slots: 2);
        await PutAsync(host, 1);
        await calls.UntilInHandAsync(1);
        host.Advance(10);
        await PutAsync(host, 2);
        await calls.UntilInHandAsync(1, 2);
        host.Advance(5);

        Assert.Equal(15, host.Metrics.ObserveOne(StreamxInstruments.ConsumerItemAge, (StreamxTags.ConsumerName, "slots")));
        calls.Open();
    }

    [Fact]
    public async Task Duration_SlotsThatEndInAnyOrder_IsThatOfEachValue()
    {
        var calls = new HeldCalls();
        await using var host = await StartAsync(calls, slots: 2);
        await PutAsync(host, 1);
        await calls.UntilInHandAsync(1);
        await host.Host.UntilConsumerAsync("slots", consumer => consumer.SlotsBusy == 1);
        host.Advance(3);
        await PutAsync(host, 2);
        await calls.UntilInHandAsync(1, 2);
        await host.Host.UntilConsumerAsync("slots", consumer => consumer.SlotsBusy == 2);
        host.Advance(4);
        calls.End(2);
        await host.Host.UntilConsumerAsync("slots", consumer => consumer.SlotsBusy == 1);
        calls.End(1);
        await host.Host.UntilConsumerAsync("slots", consumer => consumer.SlotsBusy == 0);

        Assert.Equal([4d, 7d], host.Metrics.Of(StreamxInstruments.ConsumerProcessDuration).Select(duration => duration.Value));
        Assert.Equal(2, host.Metrics.Sum(StreamxInstruments.ConsumerItems, (StreamxTags.ItemOutcome, ItemOutcome.Finished)));
    }

    private static Task<MeasuredHost> StartAsync(HeldCalls calls, int slots) =>
        MeasuredHost.StartAsync(services => services.AddStreamx<int>(o => o.Window = 8).AddConsumer("slots", calls.HandleAsync, o => o.Concurrency = slots));

    private static Task PutAsync(MeasuredHost host, int value) =>
        host.Host.Services.GetRequiredService<IStreamWriter<int>>().PutAsync(value).AsTask().WithinAsync();
}
