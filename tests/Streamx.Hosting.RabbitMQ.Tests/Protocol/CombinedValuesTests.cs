using System.Text;

namespace Streamx.Hosting.RabbitMQ.Tests.Protocol;

/// <summary>Several values in one message, and how a body that is damaged is recognised.</summary>
public sealed class CombinedValuesTests
{
    private const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public void Combine_SeveralValues_AreReadWithTheirNumbersMarksAndTraces()
    {
        StreamMessage[] values = [Value(5, "a", Trace), Value(6, ""), Value(7, "ccc") with { IsRepeated = true }];

        var read = Read(CombinedValues.Combine(values), CombinedValues.Combine(values).Body);

        Assert.Equal(values.Select(Show), CombinedValues.TryExpand(read)!.Select(Show));
        Assert.All(CombinedValues.TryExpand(read)!, value =>
            Assert.Equal((MessageTypes.Value, 3L, 77L, 2, "text/plain", null), (value.Kind, value.Epoch, value.StreamId, value.Ends, value.ContentType, value.Count)));
    }

    [Fact]
    public void Combine_OneValue_IsTheMessageThatEarlierVersionsRead()
    {
        var message = CombinedValues.Combine([Value(5, "a", Trace)]);
        var headers = message.ToProperties(DateTimeOffset.UnixEpoch).Headers!;

        Assert.Equal((StreamMessage.Version, false), (headers["streamx-version"], headers.ContainsKey("streamx-count")));
        Assert.Equal("a", Encoding.ASCII.GetString(message.Body.Span));
        Assert.Equal(["5 a False " + Trace], CombinedValues.TryExpand(Read(message, message.Body))!.Select(Show));
    }

    [Fact]
    public void Combine_SeveralValues_AreOfAVersionThatEarlierVersionsRefuse()
    {
        var headers = CombinedValues.Combine([Value(5, "a"), Value(6, "b")]).ToProperties(DateTimeOffset.UnixEpoch).Headers!;

        Assert.Equal((StreamMessage.CombinedVersion, 2, 5L), (headers["streamx-version"], headers["streamx-count"], headers["streamx-sequence"]));
    }

    [Theory]
    [InlineData("streamx.sync", 2)]
    [InlineData("streamx.value", 3)]
    public void Read_OfALaterVersion_IsRefused(string type, int version)
    {
        var properties = Value(5, "a").ToProperties(DateTimeOffset.UnixEpoch);
        properties.Type = type;
        properties.Headers!["streamx-version"] = version;

        Assert.Contains($"is of version {version}", Assert.Throws<TransportException>(() => StreamMessage.TryRead(properties, default)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Damages => ["empty", "shortened", "lengthened", "negative length", "length beyond the end", "trace beyond the end", "fewer values", "more values", "no value", "no count"];

    [Theory]
    [MemberData(nameof(Damages))]
    public void Expand_DamagedBody_IsNone(string damage)
    {
        var message = CombinedValues.Combine([Value(5, "aaaa", Trace), Value(6, "bb")]);
        var body = message.Body.ToArray();
        (int? count, body) = damage switch
        {
            "empty" => (message.Count, []),
            "shortened" => (message.Count, body[..^1]),
            "lengthened" => (message.Count, [.. body, 0]),
            "negative length" => (message.Count, With(body, 2, 0xFF)),
            "length beyond the end" => (message.Count, With(body, 5, 200)),
            "trace beyond the end" => (message.Count, With(body, 1, 255)),
            "fewer values" => (1, body),
            "more values" => (int.MaxValue, body),
            "no value" => (0, []),
            _ => (message.Count, body),
        };
        var properties = (message with { Count = count }).ToProperties(DateTimeOffset.UnixEpoch);
        if (damage == "no count") properties.Headers!.Remove("streamx-count");

        Assert.Null(CombinedValues.TryExpand(StreamMessage.TryRead(properties, body)!));
    }

    private static byte[] With(byte[] body, int index, byte value)
    {
        body[index] = value;
        return body;
    }

    private static StreamMessage Value(long sequence, string body, string? trace = null) =>
        new(MessageTypes.Value, 3, sequence, Encoding.ASCII.GetBytes(body)) { StreamId = 77, Ends = 2, ContentType = "text/plain", TraceParent = trace };

    private static string Show(StreamMessage value) => $"{value.Sequence} {Encoding.ASCII.GetString(value.Body.Span)} {value.IsRepeated} {value.TraceParent}";

    /// <summary>Reads a message as it comes from the broker: texts in headers are bytes then.</summary>
    private static StreamMessage Read(StreamMessage message, ReadOnlyMemory<byte> body)
    {
        var properties = message.ToProperties(DateTimeOffset.UnixEpoch);
        properties.Headers = properties.Headers!.ToDictionary(header => header.Key, header => header.Value is string text ? Encoding.ASCII.GetBytes(text) : header.Value);
        return StreamMessage.TryRead(properties, body)!;
    }
}
