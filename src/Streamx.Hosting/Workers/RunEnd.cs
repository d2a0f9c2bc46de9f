using System.Runtime.InteropServices;

namespace Streamx.Hosting.Workers;

/// <summary>How a consumer's run ended.</summary>
/// <param name="Error">What it failed with; null when it did not.</param>
/// <param name="Detaches">Whether the failure makes it leave the stream; otherwise it faults the stream.</param>
/// <param name="Item">What the slot that failed had in hand; null for what the consumer has in hand.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RunEnd(Exception? Error, bool Detaches = false, ItemInHand? Item = null);
