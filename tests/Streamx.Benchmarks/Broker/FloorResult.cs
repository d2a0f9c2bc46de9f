namespace Streamx.Benchmarks.Broker;

/// <summary>What the broker did without a stream, in values a second.</summary>
/// <param name="Publish">Published and confirmed, nobody consuming.</param>
/// <param name="Consume">Consumed by everyone from queues that were full.</param>
/// <param name="Both">Published, confirmed and consumed by everyone at once.</param>
/// <param name="Together">The same with many values in a message, as many values under way.</param>
internal sealed record FloorResult(double Publish, double Consume, double Both, double Together);
