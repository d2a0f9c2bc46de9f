using Streamx.Benchmarks.Compare;

namespace Streamx.Benchmarks.Latency;

/// <summary>Measures one scenario at one pace.</summary>
internal sealed class LatencyMeasurement(LatencyScenario scenario, TimeSpan interval)
{
    /// <summary>How long one run is meant to take where puts have a pace; coarse timers make it longer.</summary>
    private static readonly TimeSpan s_runTime = TimeSpan.FromMilliseconds(600);

    /// <summary>How many values a run without a pace has.</summary>
    private const int UnpacedItems = 200_000;

    /// <summary>The sorted latencies of each timed run.</summary>
    private readonly List<double[]> _runs = [];

    public LatencyScenario Scenario => scenario;

    /// <summary>Runs without a pace, until everything is compiled.</summary>
    public Task WarmUpAsync() => MeasureAsync(new PacedProducer(UnpacedItems, TimeSpan.Zero));

    /// <summary>One timed run.</summary>
    public async Task RunAsync()
    {
        var items = interval == TimeSpan.Zero ? UnpacedItems : (int)Math.Clamp(s_runTime / interval, 100, UnpacedItems);
        _runs.Add(await MeasureAsync(new PacedProducer(items, interval)));
    }

    /// <summary>The median over the runs of how many microseconds so many of a run's values took at most.</summary>
    /// <param name="share">Up to 1, which is the longest of each run.</param>
    public double Percentile(double share) => Median.Of(_runs.Select(run => run[(int)Math.Ceiling(share * run.Length) - 1]));

    private async Task<double[]> MeasureAsync(PacedProducer producer)
    {
        var arrivals = new Arrivals(producer.Items);
        await scenario.RunAsync(producer, arrivals);
        return arrivals.End();
    }
}
