using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Streamx.Hosting.RabbitMQ.Tests.Support;

/// <summary>Writes every number with so many digits.</summary>
internal sealed class Padded(int digits) : IStreamSerializer<int>
{
    public string ContentType => "text/plain";

    public void Serialize(int value, IBufferWriter<byte> writer)
    {
        var text = Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));
        var span = writer.GetSpan(digits)[..digits];
        span.Fill((byte)'0');
        text.CopyTo(span[^text.Length..]);
        writer.Advance(digits);
    }

    public int Deserialize(ReadOnlySpan<byte> body) => Utf8Parser.TryParse(body[^9..], out int value, out _) ? value : throw new FormatException();
}
