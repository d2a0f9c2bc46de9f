using Microsoft.Extensions.Logging;

namespace WorkerDemo;

/// <summary>Where tables go: as they are to standard output, or as an event of the JSON log where standard output is one.</summary>
internal sealed class Display(LogOptions log, ILogger<Display> logger)
{
    /// <summary>Shows a table.</summary>
    internal void Show(string table)
    {
        if (log.IsJson) Log.Table(logger, table);
        else Console.Out.WriteLine(Environment.NewLine + table);
    }
}
