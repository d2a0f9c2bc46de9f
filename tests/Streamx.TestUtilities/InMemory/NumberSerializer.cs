using System.Buffers;
using System.Buffers.Binary;

namespace Streamx.TestUtilities.InMemory;

/// <summary>Writes numbers as four bytes.</summary>
internal sealed class NumberSerializer : IStreamSerializer<int>
{
    /// <inheritdoc/>
    public string ContentType => "application/octet-stream";

    /// <inheritdoc/>
    public void Serialize(int value, IBufferWriter<byte> writer)
    {
        BinaryPrimitives.WriteInt32BigEndian(writer.GetSpan(sizeof(int)), value);
        writer.Advance(sizeof(int));
    }

    /// <inheritdoc/>
    public int Deserialize(ReadOnlySpan<byte> body) => BinaryPrimitives.ReadInt32BigEndian(body);
}
