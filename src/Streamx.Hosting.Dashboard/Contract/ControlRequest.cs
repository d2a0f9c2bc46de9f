namespace Streamx.Hosting.Dashboard;

/// <summary>A requested action on a stream or a worker.</summary>
/// <param name="Action">pause, resume, detach, attach or drain.</param>
/// <param name="Stream">The stream.</param>
/// <param name="Worker">The worker; absent for drain.</param>
/// <param name="Confirmed">Whether the user has confirmed that this loses values, or ends the stream.</param>
internal sealed record ControlRequest(string? Action, string? Stream, string? Worker, bool Confirmed);
