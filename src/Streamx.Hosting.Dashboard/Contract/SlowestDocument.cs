namespace Streamx.Hosting.Dashboard;

/// <summary>The traced value that a consumer had in hand for the longest time.</summary>
/// <param name="Seconds">How long.</param>
/// <param name="TraceId">The id of its trace.</param>
internal sealed record SlowestDocument(double Seconds, string TraceId);
