namespace Streamx.Benchmarks.Broker;

/// <summary>What a stream over the broker did.</summary>
/// <param name="PerSecond">Values put and finished by every consumer, a second.</param>
/// <param name="MedianMilliseconds">From the put to a consumer's handler, half of the values; milliseconds.</param>
/// <param name="Loop">Values a second of a loop that awaits each put.</param>
/// <param name="Many">Values a second of a loop that awaits puts of as many values as the window has.</param>
internal sealed record StreamxResult(double PerSecond, double MedianMilliseconds, double Loop, double Many);
