namespace Streamx.Hosting.Transport;

/// <summary>What a name receives of a stream between processes.</summary>
/// <param name="Epoch">The epoch it was appended under.</param>
/// <param name="Sequence">Its number.</param>
/// <param name="Body">The serialized value.</param>
internal sealed record TransportDelivery(long Epoch, long Sequence, ReadOnlyMemory<byte> Body)
{
    /// <summary>The stream's id: its number counts among those of this id alone. Zero where the transport has none.</summary>
    internal long StreamId { get; init; }

    /// <summary>Whether it is the end of the stream rather than a value.</summary>
    internal bool IsEnd { get; init; }

    /// <summary>Whether it is the end of a stream that had been decided before this process first came to it.</summary>
    internal bool IsPastEnd { get; init; }

    /// <summary>Whether the end of the stream that this process came to was decided before it: it belongs to the stream as it was opened again.</summary>
    internal bool IsBeyondEnd { get; init; }

    /// <summary>
    /// The first of the numbers up to this one that this consumer has not received and will not receive: what carries the stream has lost
    /// them. Null for a value or an end.
    /// </summary>
    internal long? LostFrom { get; init; }

    /// <summary>Whether it was delivered before, to this session's name, and may have been handled.</summary>
    internal bool IsRedelivered { get; init; }

    /// <summary>How the body is written; null when it is not known.</summary>
    internal string? ContentType { get; init; }

    /// <summary>What the trace goes on with: a <c>traceparent</c>; null for none.</summary>
    internal string? TraceParent { get; init; }
}
