using System.Buffers;
using System.Buffers.Text;

namespace Streamx.Hosting.RabbitMQ.Worker;

/// <summary>Writes numbers as JSON does, and a negative one with more bytes than a value may have in these tests.</summary>
internal sealed class PaddedNumbers : IStreamSerializer<long>
{
    /// <summary>More than <c>MaxValueBytes</c>.</summary>
    private const int TooMany = 4096;

    /// <inheritdoc/>
    public string ContentType => "application/json";

    /// <inheritdoc/>
    public void Serialize(long value, IBufferWriter<byte> writer)
    {
        var span = writer.GetSpan(TooMany);
        Utf8Formatter.TryFormat(value, span, out var written);
        writer.Advance(value < 0 ? TooMany : written);
    }

    /// <inheritdoc/>
    public long Deserialize(ReadOnlySpan<byte> body) => Utf8Parser.TryParse(body, out long value, out _) ? value : throw new FormatException("No number.");
}
