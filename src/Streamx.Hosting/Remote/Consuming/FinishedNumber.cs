using System.Runtime.InteropServices;

namespace Streamx.Hosting.Remote.Consuming;

/// <summary>The number up to which values are finished. It compares only with numbers of the same stream id.</summary>
/// <param name="StreamId">The stream's id; zero before there is any.</param>
/// <param name="Sequence">The number.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FinishedNumber(long StreamId, long Sequence)
{
    /// <summary>Whether a delivery is one of those that are finished.</summary>
    internal bool Covers(TransportDelivery delivery) => delivery.StreamId == StreamId && delivery.Sequence <= Sequence;

    /// <summary>Whether anything is finished that is not finished with another number.</summary>
    internal bool IsBeyond(FinishedNumber other) => this != default && (StreamId != other.StreamId || Sequence > other.Sequence);

    /// <summary>What is finished once another number is, too. A number of another id replaces this one.</summary>
    internal FinishedNumber With(long streamId, long sequence) =>
        new(streamId, streamId == StreamId ? Math.Max(Sequence, sequence) : sequence);
}
