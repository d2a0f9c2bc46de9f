namespace Streamx.Hosting;

/// <summary>What is appended to a stream between processes.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Body">The serialized value; empty for the end.</param>
public sealed record TransportValue(long Sequence, ReadOnlyMemory<byte> Body)
{
    /// <summary>Whether it is the end of the stream rather than a value.</summary>
    public bool IsEnd { get; init; }

    /// <summary>Whether it was appended before. A consumer may have handled it, although no process knows of it now.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>How the body is written; null when it is not known.</summary>
    public string? ContentType { get; init; }

    /// <summary>Stored in the same step as the value, in place of the producer's before it; null to leave that as it is.</summary>
    public TransportBookmark? Bookmark { get; init; }

    /// <summary>What the trace goes on with at the consumer: a <c>traceparent</c>; null for none.</summary>
    public string? TraceParent { get; init; }
}
