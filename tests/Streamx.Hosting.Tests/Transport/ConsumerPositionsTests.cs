using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Transport;

public sealed class ConsumerPositionsTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ConsumerPositions _positions;

    public ConsumerPositionsTests()
    {
        _positions = new ConsumerPositions(_clock);
        foreach (var name in new[] { "quick", "slow" })
        {
            _positions.Add(name);
            _positions.Report(name, 0);
        }
    }

    [Fact]
    public async Task Wait_LastReportCameBeforeItBegan_GatesThePutsThatWaitedByThen()
    {
        var put = Tick();
        _positions.Report("quick", 1);
        Tick();
        _positions.Report("slow", 1);
        var later = Tick();

        var wait = await _positions.WaitAsync(1, default);

        Assert.Equal("slow", wait.GateSince(put));
        Assert.Null(wait.GateSince(later));
    }

    [Fact]
    public async Task Wait_PositionWasReachedByAnEarlierReport_NobodyGates()
    {
        var put = Tick();
        _positions.Report("slow", 1);
        _positions.Report("quick", 1);
        _positions.Report("slow", 2);
        _positions.Report("quick", 2);
        Tick();

        Assert.Null((await _positions.WaitAsync(1, default)).GateSince(put));
        Assert.Equal("quick", (await _positions.WaitAsync(2, default)).GateSince(put - 1));
    }

    [Fact]
    public async Task Wait_ConsumerRetired_GatesAsOneThatFinished()
    {
        _positions.Report("quick", 1);
        var put = Tick();
        Tick();
        _positions.Remove("slow");

        Assert.Equal("slow", (await _positions.WaitAsync(1, default)).GateSince(put));
    }

    private long Tick()
    {
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        return _clock.GetTimestamp();
    }
}
