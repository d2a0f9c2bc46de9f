using System.Runtime.InteropServices;

namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>What is to be done once the lock is free.</summary>
/// <param name="Due">The first of the slots to be woken; null for none.</param>
/// <param name="StartsTimer">Whether an item begins to wait until it is full.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SlotWakes(SlotWait? Due, bool StartsTimer);
