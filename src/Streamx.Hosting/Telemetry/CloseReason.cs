namespace Streamx.Hosting.Telemetry;

/// <summary>The values of the tag <see cref="StreamxTags.CloseReason"/>.</summary>
internal static class CloseReason
{
    /// <summary>Its input ended, or somebody asked for a drain.</summary>
    internal const string Completed = "completed";

    /// <summary>The host stops.</summary>
    internal const string Shutdown = "shutdown";

    /// <summary>It faulted.</summary>
    internal const string Fault = "fault";
}
