using System.Numerics;

namespace Streamx.Hosting.Remote.Consuming;

/// <summary>
/// How the values of a consumer's local stream were delivered, by their position in it, for as long as they can be in hand.
/// </summary>
/// <remarks>
/// The pump notes a value before it can be read; the reader looks it up while it has it in hand. So neither needs a lock.
/// </remarks>
/// <param name="window">How many values can be unfinished in that stream.</param>
internal sealed class RecentDeliveries(int window)
{
    /// <summary>Each at its position modulo the length: the unfinished values, and the one that waits to be put.</summary>
    private readonly (long Position, StreamxDelivery Delivery)?[] _slots = new (long, StreamxDelivery)?[BitOperations.RoundUpToPowerOf2((uint)window + 1)];

    /// <summary>Notes how the value was delivered that will be put at a position.</summary>
    internal void Note(long position, TransportDelivery value) =>
        _slots[position & (_slots.Length - 1)] = (position, new StreamxDelivery { Epoch = value.Epoch, Sequence = value.Sequence, IsRedelivered = value.IsRedelivered });

    /// <summary>How the value in hand at a position was delivered.</summary>
    internal StreamxDelivery At(long position) => _slots[position & (_slots.Length - 1)]!.Value.Delivery;
}
