namespace Streamx.Hosting.Dashboard;

/// <summary>The result of a control request.</summary>
/// <param name="Changed">Whether anything changed.</param>
/// <param name="Error">The reason for a refusal, for people; null when the action was done, or had been done already.</param>
internal sealed record ControlAnswer(bool Changed, string? Error);
