using Microsoft.Extensions.Logging;

namespace WorkerDemo;

/// <summary>Everything the sample logs.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "{Rule}: {Alert}")]
    internal static partial void Alert(ILogger logger, AlertRule rule, string alert);

    [LoggerMessage(2, LogLevel.Warning, "{Rule}: {Count} more were not logged.")]
    internal static partial void AlertsSuppressed(ILogger logger, AlertRule rule, long count);

    [LoggerMessage(3, LogLevel.Information, "Follows {Path} from its beginning.")]
    internal static partial void FollowingFile(ILogger logger, string path);

    [LoggerMessage(4, LogLevel.Information, "{Path} has been replaced by another file; follows that one.")]
    internal static partial void FileReplaced(ILogger logger, string path);

    [LoggerMessage(5, LogLevel.Information, "{Path} has been rewritten; reads it from its beginning.")]
    internal static partial void FileRewritten(ILogger logger, string path);

    [LoggerMessage(6, LogLevel.Information, "{Table}")]
    internal static partial void Table(ILogger logger, string table);

    [LoggerMessage(7, LogLevel.Information, "Serves {Paths} at {Urls}.")]
    internal static partial void Serving(ILogger logger, string paths, string urls);

    [LoggerMessage(8, LogLevel.Information, "Watch the streams at {Pages}; from this machine.")]
    internal static partial void Watch(ILogger logger, string pages);
}
