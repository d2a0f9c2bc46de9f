namespace WorkerDemo;

/// <summary>When <see cref="Alerts"/> warns. Section: <c>WorkerDemo:Alerts</c>.</summary>
internal sealed class AlertOptions
{
    /// <summary>A process that uses this much CPU or more, in percent of one core.</summary>
    public double CpuPercent { get; set; } = 90;

    /// <summary>A process that has grown by this much since it was first seen, or since the last warning.</summary>
    public double MemoryGrowthMegabytes { get; set; } = 256;

    /// <summary>Processes of one name that start this often within <see cref="RestartPeriod"/>.</summary>
    public int Restarts { get; set; } = 10;

    /// <summary>The period of <see cref="Restarts"/>.</summary>
    public TimeSpan RestartPeriod { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Lines that match this regular expression.</summary>
    public string LinePattern { get; set; } = @"(?i)\b(error|fatal|panic|exception)\b";

    /// <summary>How long matching one line may take: a bad pattern must not hold up the stream.</summary>
    public TimeSpan LineTimeout { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How many warnings of one rule are logged in a minute; the others are counted.</summary>
    public int PerMinute { get; set; } = 10;
}
