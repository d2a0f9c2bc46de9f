using Microsoft.Extensions.Time.Testing;

namespace WorkerDemo.Tests.Alerting;

public class AlertLimitTests
{
    [Fact]
    public void TryTake_MoreThanTheLimit_IsCountedPerRuleUntilTheNextMinute()
    {
        var clock = new FakeTimeProvider();
        var limit = new AlertLimit(perMinute: 2, clock);

        Assert.Equal([true, true, false, false], Enumerable.Range(0, 4).Select(_ => limit.TryTake(AlertRule.LineMatch)));
        Assert.True(limit.TryTake(AlertRule.HighCpu));
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(limit.TryTake(AlertRule.LineMatch));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(limit.TryTake(AlertRule.LineMatch));
        Assert.Equal(3, limit.TakeSuppressed(AlertRule.LineMatch));
        Assert.Equal(0, limit.TakeSuppressed(AlertRule.LineMatch));
        Assert.Equal(0, limit.TakeSuppressed(AlertRule.HighCpu));
    }
}
