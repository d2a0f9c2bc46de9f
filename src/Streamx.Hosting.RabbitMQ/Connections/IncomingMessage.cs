using System.Runtime.InteropServices;
using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>A delivery of the broker.</summary>
/// <param name="Tag">The delivery tag, by which it is acknowledged.</param>
/// <param name="IsRedelivered">Whether it was delivered before.</param>
/// <param name="Properties">The message's properties.</param>
/// <param name="Body">The body, valid only while the delivery is handled.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct IncomingMessage(
    ulong Tag, bool IsRedelivered, IReadOnlyBasicProperties Properties, ReadOnlyMemory<byte> Body);
