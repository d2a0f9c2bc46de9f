using System.Runtime.InteropServices;

namespace Streamx.Hosting.Remote.Consuming;

/// <summary>The number up to which values are finished, which counts among the numbers of its stream's id alone.</summary>
/// <param name="StreamId">The stream's id; zero before there is any.</param>
/// <param name="Sequence">The number.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FinishedNumber(long StreamId, long Sequence)
{
    /// <summary>Whether a delivery is one of those that are finished.</summary>
    internal bool Covers(TransportDelivery delivery) => delivery.StreamId == StreamId && delivery.Sequence <= Sequence;

    /// <summary>Whether anything is finished that is not with another.</summary>
    internal bool IsBeyond(FinishedNumber other) => this != default && (StreamId != other.StreamId || Sequence > other.Sequence);

    /// <summary>What is finished once another number is, too. One of another id replaces it.</summary>
    internal FinishedNumber With(long streamId, long sequence) =>
        new(streamId, streamId == StreamId ? Math.Max(Sequence, sequence) : sequence);
}
