namespace WorkerDemo.Tests.Processes;

public class ProcessChangesTests
{
    /// <summary>A megabyte.</summary>
    private const long Megabyte = 1024 * 1024;

    /// <summary>When the processes started.</summary>
    private static readonly DateTime s_started = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>What is tested.</summary>
    private readonly ProcessChanges _changes = new(new ProcessOptions());

    private static ProcessSample Sample(int pid, double cpuSeconds = 0, long megabytes = 10, DateTime? started = null, string name = "job") =>
        new(pid, name, started ?? s_started, TimeSpan.FromSeconds(cpuSeconds), megabytes * Megabyte);

    private IEnumerable<(HostEventKind Kind, int? Pid, string Message)> Observe(params ProcessSample[] samples) =>
        _changes.Observe(samples, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(1)).Select(change => (change.Kind, change.Pid, change.Message));

    [Fact]
    public void Observe_ProcessesThatComeAndGo_SeenThenStartedAndExited()
    {
        Assert.Equal([(HostEventKind.Seen, 1, "is running"), (HostEventKind.Seen, 2, "is running")], Observe(Sample(1), Sample(2)));
        Assert.Empty(Observe(Sample(1), Sample(2)));
        Assert.Equal([(HostEventKind.Exited, 2, "ended"), (HostEventKind.Started, 3, "started")], Observe(Sample(1), Sample(3)));
    }

    [Fact]
    public void Observe_IdGivenToAnotherProcess_ExitedAndStarted()
    {
        Observe(Sample(1));

        var kinds = Observe(Sample(1, started: s_started.AddMinutes(1))).Select(change => change.Kind);

        Assert.Equal([HostEventKind.Exited, HostEventKind.Started], kinds);
    }

    [Fact]
    public void Observe_StartTimeThatWaversOrNewName_IsTheSameProcess()
    {
        Observe(Sample(1));

        Assert.Empty(Observe(Sample(1, started: s_started.AddMilliseconds(20), name: "job renamed")));
    }

    [Fact]
    public void Observe_CpuBeyondTheThreshold_IsReportedAgainstTheLastReport()
    {
        Observe(Sample(1));

        Assert.Empty(Observe(Sample(1, cpuSeconds: 0.19)));
        Assert.Equal([(HostEventKind.CpuChanged, 1, "CPU 0 % -> 31 %")], Observe(Sample(1, cpuSeconds: 0.50)));
        Assert.Empty(Observe(Sample(1, cpuSeconds: 0.62)));
        Assert.Equal([(HostEventKind.CpuChanged, 1, "CPU 31 % -> 1 %")], Observe(Sample(1, cpuSeconds: 0.63)));
    }

    [Fact]
    public void Observe_MemoryBeyondTheThreshold_IsReportedAgainstTheLastReport()
    {
        Observe(Sample(1, megabytes: 10));

        Assert.Empty(Observe(Sample(1, megabytes: 25)));
        Assert.Equal([(HostEventKind.MemoryChanged, 1, "memory 10 MB -> 26 MB")], Observe(Sample(1, megabytes: 26)));
        Assert.Empty(Observe(Sample(1, megabytes: 11)));
    }

    [Fact]
    public void Observe_CpuThatMayNotBeSeen_IsLeftOut()
    {
        var hidden = new ProcessSample(1, "job", Started: null, CpuTime: null, Memory: 0);
        Observe(hidden);

        Assert.Empty(Observe(hidden));
    }

    [Fact]
    public void TakeAll_OfThisMachine_HasThisProcess()
    {
        var own = ProcessSample.TakeAll().Single(sample => sample.Pid == Environment.ProcessId);

        Assert.NotNull(own.Started);
        Assert.InRange(own.CpuTime!.Value, TimeSpan.FromTicks(1), TimeSpan.MaxValue);
        Assert.InRange(own.Memory, 1, long.MaxValue);
    }
}
