using System.Runtime.InteropServices;
using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>A delivery of the broker.</summary>
/// <param name="Tag">What it is acknowledged by.</param>
/// <param name="IsRedelivered">Whether it was delivered before.</param>
/// <param name="Properties">What goes along with the body.</param>
/// <param name="Body">The body, valid only while the delivery is taken.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct IncomingMessage(ulong Tag, bool IsRedelivered, IReadOnlyBasicProperties Properties, ReadOnlyMemory<byte> Body);
