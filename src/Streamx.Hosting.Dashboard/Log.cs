using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Dashboard;

/// <summary>Everything the package logs, under one category.</summary>
internal static partial class Log
{
    /// <summary>The category of every message.</summary>
    internal const string Category = "Streamx.Hosting.Dashboard";

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "The dashboard refused a request from {Address}: it is closed outside Development. Call RequireAuthorization() on what "
            + "MapStreamxDashboard returns, or set AllowLoopback or AllowAnonymous. Further refusals are not logged.")]
    internal static partial void Refused(ILogger logger, string address);

    [LoggerMessage(2, LogLevel.Warning, "Dashboard: {User} at {Address} asked for {Action} of {Worker} of stream {Stream}: {Outcome}.")]
    internal static partial void Controlled(
        ILogger logger, string user, string address, string action, string stream, string worker, string outcome);

    [LoggerMessage(3, LogLevel.Warning, "Dashboard: control asked for by {User} at {Address} was refused: {Reason}.")]
    internal static partial void ControlRefused(ILogger logger, string user, string address, string reason);

    [LoggerMessage(4, LogLevel.Error, "The streams could not be sampled. The page keeps trying; further failures in a row are not logged.")]
    internal static partial void SampleFailed(ILogger logger, Exception error);
}
