using Microsoft.Extensions.Logging;

namespace WorkerDemo;

/// <summary>Where tables go: as they are to standard output, or in a container as an event of the JSON log that standard output is there.</summary>
internal sealed class Display(ILogger<Display> logger)
{
    /// <summary>Shows a table.</summary>
    internal void Show(string table)
    {
        if (Telemetry.IsInContainer) Log.Table(logger, table);
        else Console.Out.WriteLine(Environment.NewLine + table);
    }
}
