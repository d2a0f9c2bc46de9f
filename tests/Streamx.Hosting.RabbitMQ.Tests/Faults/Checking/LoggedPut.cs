namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Checking;

/// <summary>A put that a producer began.</summary>
/// <param name="Producer">The process.</param>
/// <param name="Value">What it puts; no other producer puts the same.</param>
/// <param name="Intended">When it began.</param>
internal sealed record LoggedPut(string Producer, long Value, long Intended)
{
    /// <summary>When it returned; null if that is not known.</summary>
    public long? Returned { get; set; }
}
