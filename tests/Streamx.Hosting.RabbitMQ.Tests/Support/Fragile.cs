using System.Buffers;
using System.Buffers.Text;

namespace Streamx.Hosting.RabbitMQ.Tests.Support;

/// <summary>Writes numbers as text, but for one that it cannot write, one that it cannot read, and one that it writes too large.</summary>
internal sealed class Fragile(int? unwritable = null, int? unreadable = null, int? large = null, int largeBytes = (16 * 1024 * 1024) + 1) : IStreamSerializer<int>
{
    public string ContentType => "text/plain";

    public void Serialize(int value, IBufferWriter<byte> writer)
    {
        if (value == unwritable) throw new FormatException("It cannot be written.");
        if (value == large)
        {
            writer.GetSpan(largeBytes)[..largeBytes].Fill((byte)'0');
            writer.Advance(largeBytes);
            return;
        }

        Utf8Formatter.TryFormat(value, writer.GetSpan(16), out var written);
        writer.Advance(written);
    }

    public int Deserialize(ReadOnlySpan<byte> body)
    {
        if (!Utf8Parser.TryParse(body, out int value, out _) || value == unreadable) throw new FormatException("It cannot be read.");
        return value;
    }
}
