using System.Runtime.InteropServices;

namespace Streamx.Engine;

/// <summary>What a reader writes at each step of a run, on cache lines of its own: it must not slow others down that read its neighbours.</summary>
/// <remarks>Two lines on either side, since processors fetch them in pairs.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 2 * Distance)]
internal struct ReaderLine
{
    /// <summary>How far the numbers are from their neighbours, in bytes.</summary>
    private const int Distance = 128;

    /// <summary>The position of the value in hand within a run.</summary>
    [FieldOffset(Distance)]
    internal long Progress;

    /// <summary>When the reader got what it has in hand.</summary>
    [FieldOffset(Distance + sizeof(long))]
    internal long HeldSince;
}
