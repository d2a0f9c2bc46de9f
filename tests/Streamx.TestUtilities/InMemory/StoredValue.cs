namespace Streamx.TestUtilities.InMemory;

/// <summary>What a leader has appended.</summary>
/// <param name="StreamId">The id of the stream.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Value">The value, or the end.</param>
internal sealed record StoredValue(long StreamId, long Epoch, TransportValue Value)
{
    /// <summary>How many ends had been decided, with this one if it is one.</summary>
    internal int Ends { get; init; }

    /// <summary>The first of the numbers up to this one whose values a consumer has lost; null for a value.</summary>
    internal long? LostFrom { get; init; }

    /// <summary>Its number.</summary>
    internal long Sequence => Value.Sequence;
}
