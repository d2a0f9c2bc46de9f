using System.Buffers.Binary;
using System.Text;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Writes several values with consecutive numbers into one message, and reads them.</summary>
/// <remarks>
/// The body has for each value: one byte of flags (1: the value was appended before), one byte with the length of its trace context, four
/// bytes with its own length, the highest first; then the trace context, and the value.
/// </remarks>
internal static class CombinedValues
{
    /// <summary>How many bytes stand before the trace context of each value.</summary>
    private const int PrefixBytes = 6;

    private const byte Repeated = 1;

    /// <summary>How many bytes a value takes in a message; more than any message has if it can only go alone.</summary>
    internal static long SizeOf(StreamMessage value)
    {
        var trace = value.TraceParent?.Length ?? 0;
        return trace > byte.MaxValue ? long.MaxValue : PrefixBytes + trace + (long)value.Body.Length;
    }

    /// <summary>Whether a value may stand behind another one in a message: what they have in common is in the headers.</summary>
    internal static bool CanFollow(StreamMessage last, StreamMessage next) =>
        next.Sequence == last.Sequence + 1 && next.Epoch == last.Epoch && next.StreamId == last.StreamId && next.Ends == last.Ends
        && next.ContentType == last.ContentType;

    /// <summary>Writes values into one message. A value alone stays a message of its own, which every version reads.</summary>
    /// <param name="values">At least one; each can follow the one before.</param>
    internal static StreamMessage Combine(IReadOnlyList<StreamMessage> values)
    {
        if (values.Count == 1) return values[0];
        var body = new byte[values.Sum(SizeOf)];
        var rest = body.AsSpan();
        foreach (var value in values)
        {
            var trace = value.TraceParent ?? "";
            rest[0] = value.IsRepeated ? Repeated : (byte)0;
            rest[1] = (byte)trace.Length;
            BinaryPrimitives.WriteInt32BigEndian(rest[2..], value.Body.Length);
            rest = rest[PrefixBytes..];
            rest = rest[Encoding.ASCII.GetBytes(trace, rest)..];
            value.Body.Span.CopyTo(rest);
            rest = rest[value.Body.Length..];
        }

        return values[0] with { Body = body, Count = values.Count, IsRepeated = false, TraceParent = null };
    }

    /// <summary>Reads the messages that a delivered one stands for: several values, or the message itself. The body is copied.</summary>
    /// <returns>Null if the body does not have exactly the values that the headers announce.</returns>
    internal static IReadOnlyList<StreamMessage>? TryExpand(StreamMessage message)
    {
        ReadOnlyMemory<byte> rest = message.Body.ToArray();
        if (message.Count is not { } count) return [message with { Body = rest }];
        if (count < 1 || (long)count * PrefixBytes > rest.Length) return null;
        var values = new StreamMessage[count];
        for (var i = 0; i < count; i++)
        {
            if (rest.Length < PrefixBytes) return null;
            var (flags, trace) = (rest.Span[0], (int)rest.Span[1]);
            var length = BinaryPrimitives.ReadInt32BigEndian(rest.Span[2..]);
            rest = rest[PrefixBytes..];
            if (length < 0 || length > rest.Length - trace) return null;
            values[i] = message with
            {
                Sequence = message.Sequence + i,
                Body = rest.Slice(trace, length),
                Count = null,
                IsRepeated = (flags & Repeated) != 0,
                TraceParent = trace == 0 ? null : Encoding.ASCII.GetString(rest.Span[..trace]),
            };
            rest = rest[(trace + length)..];
        }

        return rest.IsEmpty ? values : null;
    }
}
