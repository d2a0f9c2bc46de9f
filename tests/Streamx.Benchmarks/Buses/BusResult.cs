namespace Streamx.Benchmarks.Buses;

/// <summary>What a run did.</summary>
/// <param name="PerSecond">Values that every consumer has finished, a second.</param>
/// <param name="Unexpected">How many values came to a consumer out of order, or again.</param>
internal sealed record BusResult(double PerSecond, long Unexpected);
