using System.Runtime.InteropServices;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>A message that has been received and not acknowledged.</summary>
/// <param name="Tag">Its delivery tag.</param>
/// <param name="Needed">The position from which on it can be acknowledged.</param>
/// <param name="EndOf">For the end of a stream, the epoch that ended; zero for anything else.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LedgerEntry(ulong Tag, long Needed, long EndOf);
