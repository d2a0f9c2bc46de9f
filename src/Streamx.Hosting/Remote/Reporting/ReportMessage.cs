namespace Streamx.Hosting.Remote.Reporting;

/// <summary>A process's report, as it goes to the other processes: no values, and nothing of the process but its instance id.</summary>
/// <param name="Version">The version of the message.</param>
/// <param name="Instance">The instance id of the process.</param>
/// <param name="IsLeading">Whether it leads.</param>
/// <param name="Consumers">Its consumers, or some of them: the next report begins behind the last.</param>
/// <param name="Names">All durable consumers where it leads, or some of them.</param>
internal sealed record ReportMessage(int Version, string Instance, bool IsLeading, ReportedConsumer[]? Consumers, ReportedName[]? Names)
{
    /// <summary>The version that this process knows.</summary>
    internal const int KnownVersion = 1;
}
