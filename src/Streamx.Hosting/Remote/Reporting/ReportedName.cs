namespace Streamx.Hosting.Remote.Reporting;

/// <summary>A durable consumer in the leader's report.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Instance">The process that gets its values; null when it is not known, and when there is none.</param>
/// <param name="Standbys">The processes that stand by for it.</param>
/// <param name="Processes">How many processes have joined as it; null when it is not known.</param>
/// <param name="Lag">How many values it has not finished; null when it is not known.</param>
/// <param name="IsGating">Whether a put of the leader waits for it.</param>
internal sealed record ReportedName(string Name, string? Instance, string[]? Standbys, int? Processes, long? Lag, bool IsGating);
