namespace Streamx.Tests.Schedules;

/// <summary>One attempt to put a value, and what came of it.</summary>
/// <param name="Producer">The producer that put it.</param>
/// <param name="Number">Its place among that producer's attempts, in the order in which they were made.</param>
internal sealed record Put(int Producer, int Number)
{
    /// <summary>The round's time when the attempt was made.</summary>
    internal long MadeAt { get; init; }

    /// <summary>The round's time when success was known; null when it failed.</summary>
    internal long? SucceededAt { get; set; }
}
