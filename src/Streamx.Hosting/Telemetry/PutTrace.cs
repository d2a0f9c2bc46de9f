using System.Diagnostics;

namespace Streamx.Hosting.Telemetry;

/// <summary>The trace context of the put of one value.</summary>
/// <param name="Position">The value's position in the stream.</param>
/// <param name="Context">The context of the put's activity.</param>
internal sealed record PutTrace(long Position, ActivityContext Context);
