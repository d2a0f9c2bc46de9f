namespace Streamx.Benchmarks.Broker;

/// <summary>What a stream over the broker did.</summary>
/// <param name="PerSecond">Values put and finished by every consumer, a second.</param>
/// <param name="MedianMilliseconds">From the put to a consumer's handler, half of the values; milliseconds.</param>
internal sealed record StreamxResult(double PerSecond, double MedianMilliseconds);
