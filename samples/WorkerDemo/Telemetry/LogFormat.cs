namespace WorkerDemo;

/// <summary>What a line of the log looks like.</summary>
internal enum LogFormat
{
    /// <summary>JSON in a container, whose standard output is collected rather than read; text elsewhere.</summary>
    Auto,

    /// <summary>As <see cref="LogOptions.OutputTemplate"/> says.</summary>
    Text,

    /// <summary>One JSON object, the tables included.</summary>
    Json,
}
