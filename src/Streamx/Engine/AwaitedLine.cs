using System.Runtime.InteropServices;

namespace Streamx.Engine;

/// <summary>
/// What every reader reads at each step of a run, on separate cache lines: puts write neighbouring fields, and would take the line away
/// from readers on other processors each time.
/// </summary>
/// <remarks>A pair of lines on either side, since processors prefetch in pairs.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 2 * Distance)]
internal struct AwaitedLine
{
    /// <summary>The distance to neighbouring fields, in bytes.</summary>
    private const int Distance = 128;

    /// <summary>The position up to which readers report their steps.</summary>
    [FieldOffset(Distance)]
    internal long Position;
}
