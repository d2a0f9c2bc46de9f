using System.Runtime.InteropServices;

namespace Streamx.Hosting;

/// <summary>How a wait for positions went.</summary>
/// <param name="GatedBy">The name that was last; null when nobody was waited for.</param>
/// <param name="AloneTicks">For how long only that one was missing, in readings of the clock.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PositionWait(string? GatedBy, long AloneTicks);
