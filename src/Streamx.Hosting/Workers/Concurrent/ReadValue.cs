using System.Runtime.InteropServices;

namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>A value that has been read and that no slot has begun.</summary>
/// <param name="Value">The value.</param>
/// <param name="Position">Its position in the stream.</param>
/// <param name="Key">The number of its key; <see cref="KeyTable{T}.None"/> without one.</param>
/// <param name="KeyFailure">Why it has no key, although it should; null otherwise.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ReadValue<TRead>(TRead Value, long Position, int Key, Exception? KeyFailure);
