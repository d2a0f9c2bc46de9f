using System.Runtime.InteropServices;

namespace Streamx.Hosting.Transport;

/// <summary>How a wait for positions went.</summary>
/// <param name="GatedBy">The name that was last; null when nobody was waited for.</param>
/// <param name="AloneTicks">For how long only that one was missing, in readings of the clock.</param>
/// <param name="ReachedAt">
/// When the last consumer got there, as a reading of the clock; the largest number if that was after this wait began.
/// </param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PositionWait(string? GatedBy, long AloneTicks, long ReachedAt)
{
    /// <summary>The consumer that a put waited for: none if all had got there before the put began to wait.</summary>
    /// <param name="since">When the put began to wait.</param>
    internal string? GateSince(long since) => ReachedAt > since ? GatedBy : null;
}
