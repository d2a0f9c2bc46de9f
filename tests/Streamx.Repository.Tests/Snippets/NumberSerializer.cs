using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Streamx.Hosting;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>Writes numbers as text.</summary>
internal sealed class NumberSerializer : IStreamSerializer<int>
{
    public string ContentType => "text/plain";

    public void Serialize(int value, IBufferWriter<byte> writer)
    {
        Utf8Formatter.TryFormat(value, writer.GetSpan(11), out var written);
        writer.Advance(written);
    }

    public int Deserialize(ReadOnlySpan<byte> body) => Utf8Parser.TryParse(body, out int value, out _)
        ? value
        : throw new FormatException($"'{Encoding.UTF8.GetString(body)}' is no number.");
}
