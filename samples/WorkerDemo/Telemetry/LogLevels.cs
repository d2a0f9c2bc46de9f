using Serilog.Events;

namespace WorkerDemo;

/// <summary>What is logged, under the names that Serilog has for it. Section: <c>Serilog:MinimumLevel</c>.</summary>
internal sealed class LogLevels
{
    /// <summary>The least severe level that is logged.</summary>
    public LogEventLevel Default { get; set; } = LogEventLevel.Information;

    /// <summary>The same for categories that begin with a name, and their parts.</summary>
    public IDictionary<string, LogEventLevel> Override { get; } = new Dictionary<string, LogEventLevel>(StringComparer.Ordinal);
}
