namespace Streamx.Hosting;

/// <summary>What a durable consumer is given: a value, or the end of the stream.</summary>
/// <param name="Epoch">The epoch it was appended under.</param>
/// <param name="Sequence">Its number.</param>
/// <param name="Body">The serialized value.</param>
public sealed record TransportDelivery(long Epoch, long Sequence, ReadOnlyMemory<byte> Body)
{
    /// <summary>The stream's id, among whose numbers this one counts. Zero where the transport has none.</summary>
    public long StreamId { get; init; }

    /// <summary>Whether it is the end of the stream rather than a value.</summary>
    public bool IsEnd { get; init; }

    /// <summary>Whether it is the end of a stream that had been decided before this process first came to it.</summary>
    public bool IsPastEnd { get; init; }

    /// <summary>
    /// Whether the end of the stream that this process came to was decided before it: it belongs to the stream as it was opened again.
    /// </summary>
    public bool IsBeyondEnd { get; init; }

    /// <summary>
    /// The first of the numbers up to this one that this consumer has not received and will not receive: what carries the stream has lost
    /// them. Null for a value or an end.
    /// </summary>
    public long? LostFrom { get; init; }

    /// <summary>Whether it was delivered before, to another session of the consumer or this one, and may have been handled.</summary>
    public bool IsRedelivered { get; init; }

    /// <summary>How the body is written; null when it is not known.</summary>
    public string? ContentType { get; init; }

    /// <summary>What the trace goes on with: a <c>traceparent</c>; null for none.</summary>
    public string? TraceParent { get; init; }
}
