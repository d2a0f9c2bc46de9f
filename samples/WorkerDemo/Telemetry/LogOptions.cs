namespace WorkerDemo;

/// <summary>How the program logs. Configuration section: <c>Serilog</c>.</summary>
internal sealed class LogOptions
{
    /// <summary>The section.</summary>
    internal const string Section = "Serilog";

    /// <summary>What is logged.</summary>
    public LogLevels MinimumLevel { get; } = new();

    /// <summary>A line on a terminal. In a container it is JSON instead, which has everything.</summary>
    public string OutputTemplate { get; set; } = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj} {TraceId} {SpanId}{NewLine}{Exception}";
}
