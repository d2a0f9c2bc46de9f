namespace Streamx.Hosting.Dashboard;

/// <summary>What the user of the page may do.</summary>
/// <param name="CanControl">Whether the page has buttons.</param>
/// <param name="Antiforgery">The token that a control request must send; null when there is no control.</param>
/// <param name="TraceUrl">Where traces are found, with {traceId} in the place of the id; null for nowhere.</param>
internal sealed record SessionDocument(bool CanControl, string? Antiforgery, string? TraceUrl);
