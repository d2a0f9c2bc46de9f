using static Streamx.Hosting.Dashboard.Tests.Support.Statuses;

namespace Streamx.Hosting.Dashboard.Tests.Sampling;

public class StreamMeterTests
{
    private readonly StreamMeter _meter = new();

    [Fact]
    public void Rates_BeforeASecond_AreUnknown()
    {
        _meter.Look(Stream(10, null, Consumer("Ledger")));

        Assert.Equal((null, null, null), (_meter.ItemsPerSecond, _meter.BlockedRatio, _meter.Find("Ledger")!.BusyRatio));
    }

    [Fact]
    public void Rates_AfterASecond_AreDifferences()
    {
        _meter.Look(Stream(10, null, Consumer("Ledger", gating: 5), Consumer("Printer", gating: 1)));
        Second(Stream(60, null, Consumer("Ledger", gating: 5.6, holds: true), Consumer("Printer", gating: 1.2)), 2);

        Assert.Equal(25, _meter.ItemsPerSecond);
        Assert.Equal(0.4, _meter.BlockedRatio!.Value, 6);
        Assert.Equal(0.3, _meter.Find("Ledger")!.GatingRatio!.Value, 6);
        Assert.Equal((0.5, 0), (_meter.Find("Ledger")!.BusyRatio, _meter.Find("Printer")!.BusyRatio));
    }

    /// <summary>A wait for two is charged to the last of them in the end, for all its time; until then nobody is charged.</summary>
    [Fact]
    public void Blocked_WaitForTwo_IsShownAtOnce_AndNotAgainWhenItIsCharged()
    {
        _meter.Look(Stream(10, TimeSpan.Zero, Consumer("A"), Consumer("B")));
        Second(Stream(10, TimeSpan.FromSeconds(1), Consumer("A", isGating: true), Consumer("B", isGating: true)), 1);
        var first = _meter.BlockedRatio;
        Second(Stream(10, TimeSpan.FromSeconds(2), Consumer("A", isGating: true), Consumer("B", isGating: true)), 1);
        var second = _meter.BlockedRatio;
        Second(Stream(11, null, Consumer("A"), Consumer("B", gating: 2.25)), 1);

        Assert.Equal((1d, 1d), (first, second));
        Assert.Equal(0.25, _meter.BlockedRatio!.Value, 6);
        Assert.True(_meter.Find("B")!.GatingSeconds > 2);
    }

    [Fact]
    public void Gating_ConsumerThatHasComeAnew_BeginsAtNothing()
    {
        _meter.Look(Stream(10, null, Consumer("Ledger", gating: 100, position: 10)));
        Second(Stream(20, null, Consumer("Ledger", gating: 0.5, position: 20)), 1);

        Assert.Equal(0.5, _meter.Find("Ledger")!.GatingSeconds, 6);
    }

    [Fact]
    public void Gating_AfterFiveSeconds_IsForgotten()
    {
        _meter.Look(Stream(0, null, Consumer("Ledger")));
        Second(Stream(1, null, Consumer("Ledger", gating: 1)), 1);
        for (var second = 0; second < RecentSeconds.Seconds - 1; second++) Second(Stream(1, null, Consumer("Ledger", gating: 1)), 1);
        var before = _meter.Find("Ledger")!.GatingRatio;
        Second(Stream(1, null, Consumer("Ledger", gating: 1)), 1);

        Assert.Equal((0.2, 0d), (before, _meter.Find("Ledger")!.GatingRatio));
    }

    [Fact]
    public void Failures_AreRecentForAMinute_AndOldBeforeTheFirstLook()
    {
        StreamxStreamStatus Failed(long times)
        {
            var stream = Stream(0, null, Consumer("Ledger"));
            return stream with { Consumers = [stream.Consumers[0] with { Faults = times, Retries = times }] };
        }

        Second(Failed(5), 1);
        var atFirst = _meter.Find("Ledger")!.RecentFailures;
        Second(Failed(7), 1);
        var during = _meter.Find("Ledger")!.RecentFailures;
        for (var second = 0; second < ConsumerMeter.FailureSeconds; second++) Second(Failed(7), 1);

        Assert.Equal((0, 4, 0), (atFirst, during, _meter.Find("Ledger")!.RecentFailures));
    }

    [Fact]
    public void Subscriptions_ThatCodeMade_AreShown_WhoIsWaitedForFirst_AndNoMoreThanAFew()
    {
        var status = Stream(0, null, Consumer("Ledger"));
        var others = Enumerable.Range(0, 100).Select(number => Consumer($"page {number}", isGating: number == 77).Subscription!);
        status = status with { Stream = status.Stream with { Subscriptions = [.. status.Stream.Subscriptions, .. others] } };

        _meter.Look(status);
        var shown = StreamMeter.Shown(status).Select(consumer => consumer.Name).ToList();
        _meter.Look(Stream(0, null, Consumer("Ledger")));

        Assert.Equal(["Ledger", "page 77"], shown[..2]);
        Assert.Equal(1 + StreamMeter.MaxOtherSubscriptions, shown.Count);
        Assert.Null(_meter.Find("page 77"));
    }

    private void Second(StreamxStreamStatus status, double seconds)
    {
        _meter.Look(status);
        _meter.EndSecond(status, seconds);
    }
}
