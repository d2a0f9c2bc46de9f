namespace WorkerDemo;

/// <summary>Why a warning was given.</summary>
internal enum AlertRule
{
    /// <summary>A process uses much CPU.</summary>
    HighCpu,

    /// <summary>A process has grown.</summary>
    MemoryGrowth,

    /// <summary>Processes of one name start again and again.</summary>
    RestartLoop,

    /// <summary>A line matches the pattern.</summary>
    LineMatch,

    /// <summary>Matching the pattern against a line took too long.</summary>
    PatternTimeout,
}
