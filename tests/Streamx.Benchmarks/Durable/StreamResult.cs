namespace Streamx.Benchmarks.Durable;

/// <summary>What a stream in a file did.</summary>
/// <param name="PerSecond">Values put and finished by every consumer, a second.</param>
/// <param name="MedianMilliseconds">From the put to a consumer's handler, half of the values.</param>
/// <param name="InACommit">Values in a commit, on average.</param>
internal sealed record StreamResult(double PerSecond, double MedianMilliseconds, double InACommit);
