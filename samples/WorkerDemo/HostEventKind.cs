namespace WorkerDemo;

/// <summary>What happened.</summary>
internal enum HostEventKind
{
    /// <summary>A process was looked at.</summary>
    Sampled,

    /// <summary>A process has started.</summary>
    Started,

    /// <summary>A process has ended.</summary>
    Exited,

    /// <summary>A line was read.</summary>
    Line,
}
