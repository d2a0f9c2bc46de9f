using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace WorkerDemo.Tests.Alerting;

public sealed class AlertsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeLogger<Alerts> _logger = new();
    private readonly DemoOptions _options = new() { AlertsPerMinute = 2 };
    private readonly Alerts _alerts;

    public AlertsTests()
    {
        var options = Options.Create(_options);
        _alerts = new Alerts(options, new SlowDown(options, _time), _time, _logger);
    }

    private IEnumerable<string> Logged => _logger.Collector.GetSnapshot().Select(line => line.Message);

    public void Dispose() => _alerts.Dispose();

    [Fact]
    public async Task Cpu_AboveTheLimit_IsToldOnceUntilItIsBelow()
    {
        foreach (var cpu in new double?[] { null, 89.9, 90, 95, 10, 97.4 }) await SampleAsync(cpu);

        Assert.Equal(["Alert: job (7) uses 90 % of a core", "Alert: job (7) uses 97 % of a core"], Logged);
    }

    [Fact]
    public async Task Cpu_OfANewProcessWithAnOldId_IsToldAgain()
    {
        await SampleAsync(95);
        await SampleAsync(95, HostEventKind.Exited);
        await SampleAsync(95);

        Assert.Equal(2, Logged.Count());
    }

    [Theory]
    [InlineData("an ERROR occurred", "Alert: line 1: an ERROR occurred")]
    [InlineData("all is well", null)]
    public async Task Line_ThatSpeaksOfAnError_IsTold(string line, string? alert)
    {
        await LineAsync(line);

        Assert.Equal(alert is null ? [] : [alert], Logged);
    }

    [Fact]
    public async Task Alerts_MoreThanTheLimit_AreCountedUntilTheNextMinute()
    {
        for (var i = 0; i < 5; i++) await LineAsync("error");
        _time.Advance(TimeSpan.FromSeconds(59));
        await LineAsync("error");
        var inTheMinute = Logged.Count();
        _time.Advance(TimeSpan.FromSeconds(1));
        await LineAsync("error");

        Assert.Equal(2, inTheMinute);
        Assert.Equal(["4 more alerts were not logged.", "Alert: line 1: error"], Logged.Skip(2));
    }

    [Fact]
    public void Alerts_FromTwoSlotsAtOnce_KeepToTheLimit()
    {
        using var time = new HeldClock();
        var options = Options.Create(new DemoOptions { AlertsPerMinute = 1 });
        using var alerts = new Alerts(options, new SlowDown(options, time), time, _logger);
        // Each begins a new minute; the first is held between its reading of the clock and what it does with that.
        time.PassMinute();
        var first = StartWarning(alerts);
        time.Held.Wait(TestContext.Current.CancellationToken);
        var second = StartWarning(alerts);

        SpinWait.SpinUntil(() => !second.IsAlive || second.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
        time.Release.Set();
        first.Join();
        second.Join();

        Assert.Equal(["Alert: line 1: error"], Logged);
    }

    private static Thread StartWarning(Alerts alerts)
    {
        var thread = new Thread(() => Assert.True(alerts.ConsumeAsync(Line("error"), CancellationToken.None).IsCompletedSuccessfully));
        thread.Start();
        return thread;
    }

    private static HostEvent Line(string line) => new(1, default, HostEventKind.Line, "-", line);

    private Task SampleAsync(double? cpu, HostEventKind kind = HostEventKind.Sampled) =>
        _alerts.ConsumeAsync(new HostEvent(1, default, kind, "job", "") { Pid = 7, Cpu = cpu, Memory = 1 }, CancellationToken.None).AsTask();

    private Task LineAsync(string line) => _alerts.ConsumeAsync(Line(line), CancellationToken.None).AsTask();
}
