using System.Runtime.InteropServices;

namespace Streamx.Engine;

/// <summary>How a put waited at the head of the queue. Default for one that did not.</summary>
/// <param name="Ticks">For how long, in readings of the stream's clock.</param>
/// <param name="MarginalTicks">For how much of that only <paramref name="GatedBy"/> was missing.</param>
/// <param name="GatedBy">The name of the member it was waiting for last; null when there was none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PutWait(long Ticks, long MarginalTicks, string? GatedBy)
{
    /// <summary>The wait, and what came after it.</summary>
    internal PutWait And(long ticks, long marginalTicks, string? gatedBy) => new(Ticks + ticks, MarginalTicks + marginalTicks, gatedBy ?? GatedBy);
}
