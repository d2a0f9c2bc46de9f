using System.Runtime.InteropServices;

namespace Streamx.Hosting.TransportAbstractions;

/// <summary>How a wait for positions went.</summary>
/// <param name="GatedBy">The consumer that was last; null when the wait was for no consumer.</param>
/// <param name="AloneTicks">For how long only that consumer was missing, in readings of the clock.</param>
/// <param name="ReachedAt">
/// When the last consumer got there, as a reading of the clock; the largest number if that was after this wait began.
/// </param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PositionWait(string? GatedBy, long AloneTicks, long ReachedAt)
{
    /// <summary>The consumer that a put waited for: null if all had reached the number before the put began to wait.</summary>
    /// <param name="since">When the put began to wait.</param>
    internal string? GateSince(long since) => ReachedAt > since ? GatedBy : null;
}
