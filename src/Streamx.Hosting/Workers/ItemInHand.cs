using System.Globalization;
using System.Runtime.InteropServices;

namespace Streamx.Hosting.Workers;

/// <summary>Says which values a consumer has in hand, or had in hand when it left: by their numbers, never by the values.</summary>
/// <param name="position">The position of the first of them.</param>
/// <param name="count">How many there are.</param>
/// <param name="deliveries">How they came from another process, in order; empty in one process.</param>
/// <param name="positions">The positions of all, in order; null if each is that of the one before, plus one.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly struct ItemInHand(
    long position, int count, IReadOnlyList<StreamxDelivery> deliveries, IReadOnlyList<long>? positions = null)
{
    private readonly IReadOnlyList<StreamxDelivery>? _deliveries = deliveries;

    /// <summary>A value that came from another process and was not given to the consumer.</summary>
    internal ItemInHand(StreamxDelivery delivery)
        : this(delivery.Sequence, 1, [delivery])
    {
    }

    /// <summary>How a value came from another process; null in one process.</summary>
    /// <param name="index">Which of the values it is.</param>
    internal StreamxDelivery? DeliveryOf(int index) => _deliveries is { } known && index < known.Count ? known[index] : null;

    /// <summary>The number of a value: between processes its number in the stream, otherwise its position.</summary>
    /// <param name="index">Which of the values it is.</param>
    internal long NumberOf(int index) => DeliveryOf(index)?.Sequence ?? positions?[index] ?? position + index;

    /// <summary>The number of the first value; null when there is none in hand.</summary>
    internal long? Number => count == 0 ? null : NumberOf(0);

    /// <summary>
    /// For log messages: "the value at position 17", "values 17 to 21 of epoch 3 (redelivered)", "3 of the values at positions 17 to 21",
    /// "no value".
    /// </summary>
    public override string ToString()
    {
        if (count == 0) return "no value";
        var (first, last) = (NumberOf(0), NumberOf(count - 1));
        var (one, many) = _deliveries is { Count: > 0 } ? ("value", "values") : ("the value at position", "the values at positions");
        var numbers = count == 1
            ? string.Create(CultureInfo.InvariantCulture, $"{one} {first}")
            : last - first < count
                ? string.Create(CultureInfo.InvariantCulture, $"{many} {first} to {last}")
                : string.Create(CultureInfo.InvariantCulture, $"{count} of {many} {first} to {last}");
        if (DeliveryOf(0) is not { } delivery) return numbers;
        var redelivered = _deliveries!.Any(each => each.IsRedelivered) ? " (redelivered)" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{numbers} of epoch {delivery.Epoch}{redelivered}");
    }
}
