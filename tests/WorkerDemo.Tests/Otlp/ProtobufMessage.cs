using System.Buffers.Binary;
using System.Text;

namespace WorkerDemo.Tests.Otlp;

/// <summary>A protobuf message as it is on the wire: field numbers and bytes, without a schema.</summary>
internal sealed class ProtobufMessage
{
    /// <summary>The fields, in order: a number for the fixed and variable ones, bytes for the others.</summary>
    private readonly List<(int Number, ulong Value, ReadOnlyMemory<byte> Bytes)> _fields = [];

    /// <summary>Reads a message.</summary>
    /// <exception cref="InvalidDataException">It is not one.</exception>
    internal ProtobufMessage(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var tag = ReadVarint(ref bytes);
            var number = (int)(tag >> 3);
            _fields.Add((tag & 7) switch
            {
                0 => (number, ReadVarint(ref bytes), default),
                1 => (number, BinaryPrimitives.ReadUInt64LittleEndian(Take(ref bytes, 8).Span), default),
                2 => (number, 0, Take(ref bytes, (int)ReadVarint(ref bytes))),
                5 => (number, BinaryPrimitives.ReadUInt32LittleEndian(Take(ref bytes, 4).Span), default),
                var other => throw new InvalidDataException($"Wire type {other} of field {number}."),
            });
        }
    }

    /// <summary>Whether a field is there.</summary>
    internal bool Has(int number) => _fields.Exists(field => field.Number == number);

    /// <summary>A message in the message; an empty one when it is left out.</summary>
    internal ProtobufMessage Message(int number) => new(Last(number).Bytes);

    /// <summary>The messages of a repeated field.</summary>
    internal IEnumerable<ProtobufMessage> Messages(int number) => from field in _fields where field.Number == number select new ProtobufMessage(field.Bytes);

    /// <summary>A string; empty when it is left out.</summary>
    internal string Text(int number) => Encoding.UTF8.GetString(Last(number).Bytes.Span);

    /// <summary>Bytes in hexadecimal digits, as identifiers are written.</summary>
    internal string Hex(int number) => Convert.ToHexStringLower(Last(number).Bytes.Span);

    /// <summary>An integer, enumeration or truth value; 0 when it is left out.</summary>
    internal long Integer(int number) => (long)Last(number).Value;

    /// <summary>A double; 0 when it is left out.</summary>
    internal double Double(int number) => BitConverter.UInt64BitsToDouble(Last(number).Value);

    /// <summary>The doubles of a packed field.</summary>
    internal IReadOnlyList<double> Doubles(int number)
    {
        var bytes = Last(number).Bytes;
        var doubles = new List<double>();
        while (bytes.Length > 0) doubles.Add(BinaryPrimitives.ReadDoubleLittleEndian(Take(ref bytes, 8).Span));
        return doubles;
    }

    private (int Number, ulong Value, ReadOnlyMemory<byte> Bytes) Last(int number) => _fields.FindLast(field => field.Number == number);

    private static ulong ReadVarint(ref ReadOnlyMemory<byte> bytes)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(ref bytes, 1).Span[0];
            value |= (ulong)(next & 0x7F) << shift;
            if ((next & 0x80) == 0) return value;
        }

        throw new InvalidDataException("A number of more than ten bytes.");
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> bytes, int count)
    {
        if (count < 0 || count > bytes.Length) throw new InvalidDataException($"{count} bytes are announced, {bytes.Length} are left.");
        var taken = bytes[..count];
        bytes = bytes[count..];
        return taken;
    }
}
