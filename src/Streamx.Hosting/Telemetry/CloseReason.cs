namespace Streamx.Hosting.Telemetry;

/// <summary>The values of the tag <see cref="StreamxTags.CloseReason"/>.</summary>
internal static class CloseReason
{
    /// <summary>The stream's input ended, or a caller requested a drain.</summary>
    internal const string Completed = "completed";

    /// <summary>The host is stopping.</summary>
    internal const string Shutdown = "shutdown";

    /// <summary>The stream faulted.</summary>
    internal const string Fault = "fault";
}
