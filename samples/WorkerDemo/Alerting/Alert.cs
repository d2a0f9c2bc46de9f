namespace WorkerDemo;

/// <summary>A reason to warn.</summary>
/// <param name="Rule">Which rule found it.</param>
/// <param name="Text">What was found.</param>
internal sealed record Alert(AlertRule Rule, string Text);
