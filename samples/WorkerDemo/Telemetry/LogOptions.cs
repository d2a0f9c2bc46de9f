namespace WorkerDemo;

/// <summary>How the program logs. Configuration section: <c>Serilog</c>.</summary>
internal sealed class LogOptions
{
    /// <summary>The section.</summary>
    internal const string Section = "Serilog";

    /// <summary>What is logged.</summary>
    public LogLevels MinimumLevel { get; } = new();

    /// <summary>What a line looks like.</summary>
    public LogFormat Format { get; set; } = LogFormat.Auto;

    /// <summary>Whether lines are JSON, here and now.</summary>
    internal bool IsJson => Format switch
    {
        LogFormat.Auto => bool.TryParse(Environment.GetEnvironmentVariable("DOTNET_RUNNING_IN_CONTAINER"), out var isInContainer) && isInContainer,
        var format => format == LogFormat.Json,
    };

    /// <summary>A line of text. JSON has everything.</summary>
    public string OutputTemplate { get; set; } = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj} {TraceId} {SpanId}{NewLine}{Exception}";
}
