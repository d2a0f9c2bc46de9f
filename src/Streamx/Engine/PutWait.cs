using System.Runtime.InteropServices;

namespace Streamx.Engine;

/// <summary>How a put waited at the head of the queue. Default for one that did not.</summary>
/// <param name="Ticks">For how long, in readings of the stream's clock.</param>
/// <param name="MarginalTicks">For how much of the waits for <paramref name="GatedBy"/> only that member was missing.</param>
/// <param name="GatedBy">The name of the member of its longest wait; null when it waited for no member.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PutWait(long Ticks, long MarginalTicks, string? GatedBy)
{
    /// <summary>The longest wait for <see cref="GatedBy"/>. A put of many values may wait for one member after another.</summary>
    private long Longest { get; init; }

    /// <summary>The wait, and what came after it.</summary>
    internal PutWait And(long ticks, long marginalTicks, string? gatedBy)
    {
        var all = this with { Ticks = Ticks + ticks };
        if (gatedBy is null) return all;
        if (gatedBy == GatedBy) return all with { MarginalTicks = MarginalTicks + marginalTicks, Longest = Math.Max(Longest, ticks) };
        var isShorter = GatedBy is not null && ticks <= Longest;
        return isShorter ? all : all with { MarginalTicks = marginalTicks, GatedBy = gatedBy, Longest = ticks };
    }
}
