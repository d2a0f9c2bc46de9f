namespace WorkerDemo.Tests.Alerting;

public class AlertRulesTests
{
    /// <summary>A megabyte.</summary>
    private const long Megabyte = 1024 * 1024;

    /// <summary>When the events happen.</summary>
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static HostEvent Event(HostEventKind kind, double? cpu = null, long? memory = null, int second = 0, string message = "") =>
        new(1, s_start.AddSeconds(second), kind, "job", message) { Pid = 7, Cpu = cpu, Memory = memory };

    [Theory]
    [InlineData(89.9, false)]
    [InlineData(90, true)]
    public void Cpu_AtTheLimit_Alerts(double cpu, bool alerts)
    {
        var alert = new AlertRules(new AlertOptions()).Check(Event(HostEventKind.CpuChanged, cpu: cpu));

        Assert.Equal(alerts ? AlertRule.HighCpu : null, alert?.Rule);
    }

    [Fact]
    public void Memory_GrownSinceFirstSeen_AlertsOncePerGrowth()
    {
        var rules = new AlertRules(new AlertOptions { MemoryGrowthMegabytes = 100 });

        Assert.Null(rules.Check(Event(HostEventKind.Seen, memory: 50 * Megabyte)));
        Assert.Null(rules.Check(Event(HostEventKind.MemoryChanged, memory: 149 * Megabyte)));
        Assert.Equal("job (7) has grown from 50 MB to 150 MB", rules.Check(Event(HostEventKind.MemoryChanged, memory: 150 * Megabyte))?.Text);
        Assert.Null(rules.Check(Event(HostEventKind.MemoryChanged, memory: 249 * Megabyte)));
        Assert.Equal(AlertRule.MemoryGrowth, rules.Check(Event(HostEventKind.MemoryChanged, memory: 250 * Megabyte))?.Rule);
    }

    [Fact]
    public void Memory_OfANewProcessWithAnOldId_IsMeasuredAnew()
    {
        var rules = new AlertRules(new AlertOptions { MemoryGrowthMegabytes = 100 });

        rules.Check(Event(HostEventKind.Seen, memory: 1 * Megabyte));
        rules.Check(Event(HostEventKind.Exited, memory: 1 * Megabyte));
        rules.Check(Event(HostEventKind.Started, memory: 90 * Megabyte));

        Assert.Null(rules.Check(Event(HostEventKind.MemoryChanged, memory: 150 * Megabyte)));
    }

    [Fact]
    public void Restarts_WithinThePeriod_AlertAndCountAnew()
    {
        var rules = new AlertRules(new AlertOptions { Restarts = 3, RestartPeriod = TimeSpan.FromSeconds(10) });

        var alerts = new[] { 0, 8, 11, 12, 13, 14, 15 }.Select(second => rules.Check(Event(HostEventKind.Started, second: second))?.Rule);

        // At 11 the start at 0 has expired; after the alert at 12 it takes three more.
        Assert.Equal([null, null, null, AlertRule.RestartLoop, null, null, AlertRule.RestartLoop], alerts);
    }

    [Theory]
    [InlineData("an ERROR occurred", true)]
    [InlineData("terrors", false)]
    public void Line_Matching_Alerts(string line, bool alerts)
    {
        var alert = new AlertRules(new AlertOptions()).Check(Event(HostEventKind.Line, message: line));

        Assert.Equal(alerts ? AlertRule.LineMatch : null, alert?.Rule);
    }

    [Fact]
    public void Line_PatternThatBacktracksForever_AlertsInsteadOfHanging()
    {
        var rules = new AlertRules(new AlertOptions { LinePattern = "^(a+)+$", LineTimeout = TimeSpan.FromMilliseconds(10) });

        var alert = rules.Check(Event(HostEventKind.Line, message: new string('a', 60) + "!"));

        Assert.Equal(AlertRule.PatternTimeout, alert?.Rule);
    }
}
