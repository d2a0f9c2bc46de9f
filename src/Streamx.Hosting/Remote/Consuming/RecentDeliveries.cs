using System.Numerics;

namespace Streamx.Hosting.Remote.Consuming;

/// <summary>How the values of a consumer's own stream came, by their position in it, for as long as they can be in hand.</summary>
/// <remarks>Noted before a value can be read, and found by who has it in hand; so neither needs a lock.</remarks>
/// <param name="window">How many values can be unfinished in that stream.</param>
internal sealed class RecentDeliveries(int window)
{
    /// <summary>Each at its position modulo the length: those that are unfinished, and the one that waits to be put.</summary>
    private readonly (long Position, StreamxDelivery Delivery)?[] _slots = new (long, StreamxDelivery)?[BitOperations.RoundUpToPowerOf2((uint)window + 1)];

    /// <summary>The value that will be put at a position came so.</summary>
    internal void Note(long position, TransportDelivery value) =>
        _slots[position & (_slots.Length - 1)] = (position, new StreamxDelivery { Epoch = value.Epoch, Sequence = value.Sequence, IsRedelivered = value.IsRedelivered });

    /// <summary>How the value in hand at a position came.</summary>
    internal StreamxDelivery At(long position) => _slots[position & (_slots.Length - 1)]!.Value.Delivery;
}
