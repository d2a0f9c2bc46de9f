namespace Streamx.Hosting.Telemetry;

/// <summary>The puts of a consumer's code that wait in other streams, in all its slots.</summary>
/// <remarks>
/// While several slots have values in hand, the consumer waits in the puts of the oldest value: its own stream waits for that one. Safe
/// from any thread.
/// </remarks>
/// <param name="slots">The slots.</param>
internal sealed class StageWaits(SlotTelemetry[] slots)
{
    /// <summary>Those of the only slot; null where there are several.</summary>
    internal OutputWaits? OfOnlySlot => slots.Length == 1 ? slots[0].OutputWaits : null;

    /// <inheritdoc cref="OutputWaits.IsWaiting"/>
    internal bool IsWaiting => OldestSlot.OutputWaits.IsWaiting;

    /// <inheritdoc cref="OutputWaits.Oldest"/>
    internal OutputWait? Oldest => OldestSlot.OutputWaits.Oldest;

    /// <summary>How long puts have waited so far: the sum of the slots.</summary>
    internal TimeSpan Time
    {
        get
        {
            var sum = TimeSpan.Zero;
            foreach (var slot in slots) sum += slot.OutputWaits.Time;
            return sum;
        }
    }

    /// <summary>The stream that puts have waited in longest; null if none has waited.</summary>
    internal HostedStream? MostWaitedIn =>
        slots.SelectMany(slot => slot.OutputWaits.Spent)
            .GroupBy(spent => spent.Target)
            .MaxBy(spent => spent.Sum(one => one.Spent))?.Key;

    /// <inheritdoc cref="OutputWaits.TimeOn"/>
    internal TimeSpan TimeOn(long position) =>
        slots.Length == 1 ? slots[0].OutputWaits.TimeOn(position)
        : Array.Find(slots, slot => slot.Position == position)?.OutputWaits.TimeOn(position) ?? TimeSpan.Zero;

    /// <summary>The slot with the oldest value in hand; any while there is none.</summary>
    private SlotTelemetry OldestSlot
    {
        get
        {
            var oldest = slots[0];
            foreach (var slot in slots)
                if (slot.Position < oldest.Position) oldest = slot;
            return oldest;
        }
    }
}
