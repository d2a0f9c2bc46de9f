using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Dashboard.Tests.Sampling;

public sealed class HandlingTimesTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ConcurrentQueue<(string Stream, string Consumer, double Seconds)> _heard = [];
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Histogram<double> _durations;
    private readonly HandlingTimes _times;

    public HandlingTimesTests()
    {
        _durations = Create(_services);
        _times = new HandlingTimes(_services.GetRequiredService<IMeterFactory>(), _time, (stream, consumer, seconds) => _heard.Enqueue((stream, consumer, seconds)));
    }

    [Fact]
    public void Values_AreNotListenedTo_BeforeTheFirstLook_NorAfterTheLast()
    {
        Assert.False(_durations.Enabled);
        _times.Refill();
        Assert.True(_durations.Enabled);

        _times.Dispose();

        Assert.False(_durations.Enabled);
    }

    [Fact]
    public void Values_BeyondTheBudget_AreNotListenedTo_UntilTheNextLook()
    {
        _times.Refill();
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var value = 0; value < HandlingTimes.Budget + 5; value++) Record(0.5);
        var wasEnabled = _durations.Enabled;
        _times.Refill();

        Assert.Equal((false, true), (wasEnabled, _durations.Enabled));
        Assert.InRange(_heard.Count, HandlingTimes.Budget - 1, HandlingTimes.Budget);
        Assert.All(_heard, heard => Assert.Equal(("orders", "Ledger", 0.5), heard));
    }

    [Fact]
    public void Values_TakenBeforeItListened_DoNotCount()
    {
        _times.Refill();
        _time.Advance(TimeSpan.FromSeconds(1));

        Record(1.5);
        Record(0.9);

        Assert.Equal(0.9, Assert.Single(_heard).Seconds);
    }

    [Fact]
    public void Values_OfAnotherContainer_DoNotCount()
    {
        using var other = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var durations = Create(other);
        _times.Refill();

        Assert.False(durations.Enabled);
    }

    public void Dispose()
    {
        _times.Dispose();
        _services.Dispose();
    }

    private static Histogram<double> Create(IServiceProvider services) =>
        services.GetRequiredService<IMeterFactory>().Create(StreamxSources.MeterName).CreateHistogram<double>(StreamxInstruments.ConsumerProcessDuration);

    private void Record(double seconds) => _durations.Record(seconds, new(StreamxTags.StreamName, "orders"), new(StreamxTags.ConsumerName, "Ledger"));
}
