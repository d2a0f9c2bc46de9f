using System.Runtime.InteropServices;

namespace Streamx.Engine;

/// <summary>
/// What a reader writes at each step of a run, on separate cache lines: the writes must not slow down reads of neighbouring fields.
/// </summary>
/// <remarks>A pair of lines on either side, since processors prefetch in pairs.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 2 * Distance)]
internal struct ReaderLine
{
    /// <summary>The distance to neighbouring fields, in bytes.</summary>
    private const int Distance = 128;

    /// <summary>The position of the value in hand within a run.</summary>
    [FieldOffset(Distance)]
    internal long Progress;

    /// <summary>When the reader got what it has in hand.</summary>
    [FieldOffset(Distance + sizeof(long))]
    internal long HeldSince;
}
