using System.Diagnostics;

namespace Streamx.Benchmarks.Compare;

/// <summary>Measures one scenario at one number of consumers and one window.</summary>
internal sealed class Measurement(Scenario scenario, int consumers, int window)
{
    /// <summary>How long one timed run takes, about.</summary>
    private static readonly TimeSpan s_runTime = TimeSpan.FromMilliseconds(120);

    /// <summary>Nanoseconds per item of each timed run.</summary>
    private readonly List<double> _runs = [];

    /// <summary>How many items a timed run has.</summary>
    private int _items = 2_000;

    public Scenario Scenario => scenario;

    public int Consumers => consumers;

    public int Window => window;

    /// <summary>The median of the timed runs.</summary>
    public double NanosecondsPerItem => _runs.Order().ElementAt(_runs.Count / 2);

    /// <summary>From the slope between two run lengths, so that set-up does not count.</summary>
    public double BytesPerItem { get; private set; }

    /// <summary>Warms up, and finds how many items a run should have.</summary>
    public async Task PrepareAsync()
    {
        for (var i = 0; i < 4; i++)
        {
            var perItem = await TimeAsync(_items);
            _items = (int)Math.Clamp(s_runTime.TotalNanoseconds / perItem, 2_000, 20_000_000);
        }

        var shorter = await AllocatedAsync(_items / 2);
        var longer = await AllocatedAsync(_items);
        BytesPerItem = Math.Max(0, (double)(longer - shorter) / (_items - (_items / 2)));
    }

    /// <summary>One timed run.</summary>
    public async Task RunAsync() => _runs.Add(await TimeAsync(_items));

    private async Task<double> TimeAsync(int items)
    {
        var watch = Stopwatch.StartNew();
        await scenario.RunAsync(consumers, window, items);
        return watch.Elapsed.TotalNanoseconds / items;
    }

    private async Task<long> AllocatedAsync(int items)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await scenario.RunAsync(consumers, window, items);
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
