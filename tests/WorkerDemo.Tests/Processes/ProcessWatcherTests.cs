using Microsoft.Extensions.Time.Testing;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Processes;

public class ProcessWatcherTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Observe_ProcessesThatComeAndGo_SampledThenStartedAndExited()
    {
        var watcher = new ProcessWatcher(_time);

        Assert.Equal(["1 Sampled", "2 Sampled"], Observe(watcher, Sample(1), Sample(2)));
        Assert.Equal(["1 Sampled", "2 Sampled"], Observe(watcher, Sample(1), Sample(2)));
        Assert.Equal(["2 Exited", "1 Sampled", "3 Started"], Observe(watcher, Sample(1), Sample(3)));
    }

    [Fact]
    public void Observe_Cpu_IsMeasuredOverASecond()
    {
        var watcher = new ProcessWatcher(_time);

        var first = watcher.Observe([Sample(1)]);
        _time.Advance(TimeSpan.FromSeconds(0.5));
        var half = watcher.Observe([Sample(1, cpuSeconds: 0.4)]);
        _time.Advance(TimeSpan.FromSeconds(0.5));
        var whole = watcher.Observe([Sample(1, cpuSeconds: 0.6)]);

        Assert.Null(Assert.Single(first).Cpu);
        Assert.Null(Assert.Single(half).Cpu);
        Assert.Equal(60, Assert.Single(whole).Cpu!.Value, precision: 6);
        Assert.Equal("CPU 60 %, 10 MB", Assert.Single(whole).Message);
    }

    [Fact]
    public void TakeAll_OfThisMachine_HasThisProcess()
    {
        var own = ProcessSample.TakeAll().Single(sample => sample.Pid == Environment.ProcessId);

        Assert.InRange(own.CpuTime, TimeSpan.FromTicks(1), TimeSpan.MaxValue);
        Assert.InRange(own.Memory, 1, long.MaxValue);
    }

    [Fact]
    public async Task Produce_OnThisMachine_PutsThreeHundredAndTwentyValuesASecondOrMore()
    {
        var time = new LeapingTimeProvider();
        using var stop = new CancellationTokenSource();
        var writer = new CollectingWriter(value => { if (value >= 3200) stop.Cancel(); });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ProcessWatcher(time).ProduceAsync(writer, stop.Token));

        // Ten seconds of its clock; waits end exactly when they are due.
        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10.1));
        Assert.Equal(Enumerable.Range(1, 3200).Select(i => (long)i), writer.Values.Select(value => value.Sequence));
        Assert.All(writer.Values, value => Assert.NotNull(value.Pid));
    }

    private static IEnumerable<string> Observe(ProcessWatcher watcher, params ProcessSample[] samples) => watcher.Observe(samples).Select(value => $"{value.Pid} {value.Kind}");

    private static ProcessSample Sample(int pid, double cpuSeconds = 0) => new(pid, "job", TimeSpan.FromSeconds(cpuSeconds), 10 * 1024 * 1024);
}
