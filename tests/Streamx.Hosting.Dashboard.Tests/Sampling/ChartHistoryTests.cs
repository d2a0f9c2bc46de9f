namespace Streamx.Hosting.Dashboard.Tests.Sampling;

public class ChartHistoryTests
{
    private readonly ChartHistory _history = new();

    [Fact]
    public void History_ThousandsOfConsumersForHours_TakesLessThanAMegabyte()
    {
        string[] consumers = [.. Enumerable.Range(0, 2000).Select(number => $"Consumer {number}")];
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var second = 0; second < 2 * ChartHistory.Seconds; second++)
        {
            _history.Begin(second);
            for (var stream = 0; stream < 10; stream++) _history.Add(s_streams[stream], items: 1, blocked: 0);
            foreach (var consumer in consumers) _history.Add(s_streams[0], consumer, handling: 0.001);
        }

        // All that was ever allocated, so what is kept is no more.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 500_000, 1_048_576);
    }

    [Fact]
    public void History_ConsumersThatHaveGone_MakeRoomForOthers()
    {
        for (var second = 0; second < ChartHistory.Seconds + 1; second++)
        {
            _history.Begin(second);
            _history.Add("orders", items: 1, blocked: 0);
            for (var number = 0; number < ChartHistory.MaxSeries && second == 0; number++) _history.Add("orders", $"Old {number}", handling: 1);
        }

        _history.Add("orders", "New", handling: 0.25);

        var stream = Assert.Single(_history.Describe());
        Assert.Equal(0.25, Assert.Single(stream.HandlingP95Seconds).Value[^1]);
    }

    [Fact]
    public void History_SamplingPausesForMinutes_ForgetsWhatIsTooOld()
    {
        foreach (var time in (double[])[1, 2, 400, 401])
        {
            _history.Begin(time);
            _history.Add("orders", items: time, blocked: 0.5);
        }

        var stream = Assert.Single(_history.Describe());

        Assert.Equal([400, 401], stream.Times);
        Assert.Equal([400, 401], stream.ItemsPerSecond);
        Assert.Equal([0.5, 0.5], stream.BlockedRatio);
    }

    private static readonly string[] s_streams = [.. Enumerable.Range(0, 10).Select(number => $"stream {number}")];
}
