namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A call that puts many values.</summary>
/// <param name="Values">The values.</param>
internal sealed record ManyCall(int[] Values);
