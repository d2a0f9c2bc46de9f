namespace Streamx.Tests.Model;

/// <summary>One step of a program as it is generated: it stays meaningful when steps before it are taken out.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Which">To which of those there are: counted from the newest, and round and round. For a put of many: how many values.</param>
/// <param name="Choice">How: which token, which mode and batch size, which way to leave. Zero is the simplest.</param>
internal sealed record Step(StepKind Kind, int Which, int Choice);
