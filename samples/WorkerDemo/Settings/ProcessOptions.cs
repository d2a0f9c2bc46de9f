namespace WorkerDemo;

/// <summary>When <see cref="ProcessWatcher"/> finds a change worth an event. Section: <c>WorkerDemo:Processes</c>.</summary>
internal sealed class ProcessOptions
{
    /// <summary>How often processes are sampled.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>By how much CPU use must differ from the last reported, in percent of one core.</summary>
    public double CpuChangePercent { get; set; } = 20;

    /// <summary>By how much the working set must differ from the last reported, in megabytes.</summary>
    public double MemoryChangeMegabytes { get; set; } = 16;
}
