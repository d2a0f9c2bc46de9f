using System.Runtime.InteropServices;

namespace Streamx.Benchmarks.Latency;

/// <summary>A value that knows when it was put.</summary>
/// <param name="Number">0, 1, 2, …</param>
/// <param name="PutAt">The time just before its put.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StampedValue(long Number, long PutAt);
