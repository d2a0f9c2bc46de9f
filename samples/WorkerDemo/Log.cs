using Microsoft.Extensions.Logging;

namespace WorkerDemo;

/// <summary>Everything the sample logs.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "Alert: {Alert}")]
    internal static partial void Alert(ILogger logger, string alert);

    [LoggerMessage(2, LogLevel.Warning, "{Count} more alerts were not logged.")]
    internal static partial void AlertsSuppressed(ILogger logger, long count);

    [LoggerMessage(3, LogLevel.Information, "{Count} events of {Processes} processes; busiest: {Busiest}.")]
    internal static partial void Processes(ILogger logger, long count, int processes, string busiest);

    [LoggerMessage(4, LogLevel.Information, "{Count} events (lines); the last: {Line}")]
    internal static partial void Lines(ILogger logger, long count, string line);

    [LoggerMessage(5, LogLevel.Information, "Stream {Stream}: {Rate:F1} values/s; puts wait {Share:P1} of the time, for {Consumers}.")]
    internal static partial void Waits(ILogger logger, string stream, double rate, double share, string consumers);

    [LoggerMessage(6, LogLevel.Information, "Stream {Stream}: {Rate:F1} values/s{Note}.")]
    internal static partial void Flows(ILogger logger, string stream, double rate, string note);

    [LoggerMessage(7, LogLevel.Information, "Watch the streams at {Pages}; from this machine. Probes: {Probes}.")]
    internal static partial void Serving(ILogger logger, string pages, string probes);

    [LoggerMessage(8, LogLevel.Information, "{Input} has been read in part: it goes on with line {Line}.")]
    internal static partial void Resumes(ILogger logger, string input, long line);
}
