namespace Streamx.Hosting;

/// <summary>Settings of the health checks. Configuration section: <c>StreamxHealth</c>.</summary>
/// <remarks>
/// Set by code first, then by configuration, which wins. A section of its own, since every key below <c>Streamx</c> is a stream.
/// </remarks>
public sealed class StreamxHealthOptions
{
    /// <summary>How long a consumer may hold one value before the process counts as dead, so that its orchestrator restarts it.</summary>
    /// <value>More than zero. Default: null, no limit.</value>
    /// <remarks>
    /// Retries and the waits before them count as holding. Set it well above <see cref="ConsumerOptions.StallAfter"/>, which warns,
    /// and above the longest time handling a value may take: accepted values that are not finished are lost with the process, and if a
    /// remote system is the reason, a new process will only wait for it again.
    /// </remarks>
    public TimeSpan? MaxItemAge { get; set; }
}
