using System.Diagnostics;

namespace Streamx.Hosting.Telemetry;

/// <summary>By what the put of a value is traced.</summary>
/// <param name="Position">The value's position in the stream.</param>
/// <param name="Context">The context of the put's activity.</param>
internal sealed record PutTrace(long Position, ActivityContext Context);
