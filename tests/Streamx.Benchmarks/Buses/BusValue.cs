namespace Streamx.Benchmarks.Buses;

/// <summary>What is published: a number, and bytes to the length of other benchmarks' values.</summary>
/// <param name="Number">0, 1, 2, …</param>
/// <param name="Body">The rest.</param>
public sealed record BusValue(long Number, byte[] Body);
