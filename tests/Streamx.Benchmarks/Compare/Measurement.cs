namespace Streamx.Benchmarks.Compare;

/// <summary>Measures one scenario at one number of consumers and one window.</summary>
internal sealed class Measurement
{
    /// <summary>How many runs come before the timed ones.</summary>
    private const int WarmUpRounds = 5;

    /// <summary>How long one timed run takes, about.</summary>
    private static readonly TimeSpan s_runTime = TimeSpan.FromMilliseconds(120);

    /// <summary>How many items a run has at least: enough to fill the window over and over, however many consumers there are.</summary>
    private readonly int _minItems;

    /// <summary>Nanoseconds per item of each timed run.</summary>
    private readonly List<double> _runs = [];

    /// <summary>How many items a timed run has.</summary>
    private int _items;

    private Measurement(Scenario scenario, int consumers, int window)
    {
        (Scenario, Consumers, Window) = (scenario, consumers, window);
        _minItems = _items = (int)Math.Max(Math.Max(200, 2_000 / consumers), 4L * window);
    }

    public Scenario Scenario { get; }

    public int Consumers { get; }

    public int Window { get; }

    /// <summary>Nanoseconds per item of each timed run, in the order of the rounds.</summary>
    public IReadOnlyList<double> Runs => _runs;

    /// <summary>The median of the timed runs.</summary>
    public double NanosecondsPerItem => Median.Of(_runs);

    /// <summary>
    /// How many times longer it takes than another: the median of the rounds' own ratios, since a round's runs are disturbed alike.
    /// </summary>
    public double TimesTheTimeOf(Measurement other) => Median.Of(Runs.Zip(other.Runs, (time, otherTime) => time / otherTime));

    /// <summary>From the slope between two run lengths, so that set-up does not count.</summary>
    public double BytesPerItem { get; private set; }

    /// <summary>Measures scenarios side by side.</summary>
    /// <param name="scenarios">What to measure.</param>
    /// <param name="consumers">How many consumers each has.</param>
    /// <param name="window">The window of each.</param>
    /// <param name="rounds">How many timed runs each has.</param>
    public static async Task<IReadOnlyList<Measurement>> InterleaveAsync(
        IEnumerable<Scenario> scenarios, int consumers, int window, int rounds)
    {
        var measurements = scenarios.Select(scenario => new Measurement(scenario, consumers, window)).ToList();
        for (var round = 0; round < WarmUpRounds; round++)
        {
            foreach (var measurement in measurements) await measurement.WarmUpAsync();
        }

        // Round by round rather than one after the other: whatever disturbs the machine disturbs them all.
        for (var round = 0; round < rounds; round++)
        {
            foreach (var measurement in measurements) measurement._runs.Add(await measurement.TimeAsync());
        }

        // Last, since code that has not been optimised yet allocates at every await.
        foreach (var measurement in measurements) await measurement.MeasureAllocationAsync();
        return measurements;
    }

    /// <summary>Warms up, and finds how many items a run should have.</summary>
    private async Task WarmUpAsync() =>
        _items = (int)Math.Clamp(s_runTime.TotalNanoseconds / await TimeAsync(), _minItems, 20_000_000);

    private async Task MeasureAllocationAsync()
    {
        var shorter = await AllocatedAsync(_items);
        var longer = await AllocatedAsync(_items * 2);
        BytesPerItem = Math.Max(0, (double)(longer - shorter) / _items);
    }

    private async Task<double> TimeAsync() => (await Scenario.TimeAsync(Consumers, Window, _items)).TotalNanoseconds / _items;

    private async Task<long> AllocatedAsync(int items)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await Scenario.TimeAsync(Consumers, Window, items);
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
