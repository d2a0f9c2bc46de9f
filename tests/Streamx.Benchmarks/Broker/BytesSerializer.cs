using System.Buffers;
using Streamx.Hosting;

namespace Streamx.Benchmarks.Broker;

/// <summary>Bytes as they are: the floor writes none of its values either.</summary>
internal sealed class BytesSerializer : IStreamSerializer<byte[]>
{
    public string ContentType => "application/octet-stream";

    public void Serialize(byte[] value, IBufferWriter<byte> writer) => writer.Write(value);

    public byte[] Deserialize(ReadOnlySpan<byte> body) => body.ToArray();
}
