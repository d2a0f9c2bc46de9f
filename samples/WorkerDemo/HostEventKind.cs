namespace WorkerDemo;

/// <summary>What happened.</summary>
internal enum HostEventKind
{
    /// <summary>A process was running already when the watch began.</summary>
    Seen,

    /// <summary>A process started.</summary>
    Started,

    /// <summary>A process ended.</summary>
    Exited,

    /// <summary>A process uses notably more or less CPU than last reported.</summary>
    CpuChanged,

    /// <summary>A process uses notably more or less memory than last reported.</summary>
    MemoryChanged,

    /// <summary>A line was read.</summary>
    Line,
}
