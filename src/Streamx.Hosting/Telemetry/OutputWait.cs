using System.Runtime.InteropServices;

namespace Streamx.Hosting.Telemetry;

/// <summary>A wait of a consumer's code in a put into another stream, as it was observed.</summary>
/// <param name="Target">The stream that the put waits in.</param>
/// <param name="Source">The waits of the slot whose put it is.</param>
/// <param name="Transition">
/// How many of the slot's puts had begun or ended to wait: while this number is unchanged, the same puts wait.
/// </param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct OutputWait(HostedStream Target, OutputWaits Source, long Transition);
