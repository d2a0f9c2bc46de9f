namespace Streamx.Hosting.Dashboard;

/// <summary>What came of it.</summary>
/// <param name="Changed">Whether anything changed.</param>
/// <param name="Error">Why not, for people; null when it was done, or was so already.</param>
internal sealed record ControlAnswer(bool Changed, string? Error);
