namespace Streamx.Tests.Stress;

/// <summary>One value: whose it is, which of theirs, and some weight to make it noticed if it is kept alive.</summary>
internal sealed class StressValue(int producer, int number, int weight)
{
    /// <summary>Identifies the value within its round. Never zero.</summary>
    internal long Key { get; } = ((long)producer << 32) | (uint)(number + 1);

    internal int Producer => producer;

    internal int Number => number;

    internal byte[] Payload { get; } = weight == 0 ? [] : new byte[weight];
}
