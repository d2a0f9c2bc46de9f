using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>A message that the leader appends: a value, the end, or a control message for the consumers.</summary>
/// <param name="Kind">One of <see cref="MessageTypes"/>.</param>
/// <param name="Epoch">The leader's epoch.</param>
/// <param name="Sequence">
/// The number of a value, of the first of several, or of the end; for <see cref="MessageTypes.Sync"/> the last number appended, for
/// <see cref="MessageTypes.Begin"/> the first to come.
/// </param>
/// <param name="Body">The value, or several as <see cref="CombinedValues"/> writes them.</param>
internal sealed record StreamMessage(string Kind, long Epoch, long Sequence, ReadOnlyMemory<byte> Body)
{
    private const string VersionHeader = "streamx-version";
    private const string EpochHeader = "streamx-epoch";
    private const string SequenceHeader = "streamx-sequence";
    private const string StreamHeader = "streamx-stream";
    private const string HighestHeader = "streamx-highest";
    private const string EndsHeader = "streamx-ends";
    private const string RepeatedHeader = "streamx-repeated";
    private const string CountHeader = "streamx-count";

    /// <summary>The version of the protocol for all messages but those of several values.</summary>
    internal const int Version = 1;

    /// <summary>The version of a message of several values: a process that does not know it must not pass the message over.</summary>
    internal const int CombinedVersion = 2;

    /// <summary>How many values the message has; null for one alone, and for other messages.</summary>
    internal int? Count { get; init; }

    /// <summary>The stream's id, among whose numbers this one counts; zero for none.</summary>
    internal long StreamId { get; init; }

    /// <summary>
    /// For <see cref="MessageTypes.Begin"/> the highest number of a value that any consumer has received, or that was confirmed; zero for
    /// none.
    /// </summary>
    internal long Highest { get; init; }

    /// <summary>How many ends of the stream had been decided, including this one if it is an end.</summary>
    internal int Ends { get; init; }

    /// <summary>Whether it was appended before.</summary>
    internal bool IsRepeated { get; init; }

    /// <summary>The content type of the body.</summary>
    internal string? ContentType { get; init; }

    /// <summary>The trace context.</summary>
    internal string? TraceParent { get; init; }

    /// <summary>The message's AMQP properties.</summary>
    internal BasicProperties ToProperties(DateTimeOffset now)
    {
        MessageHeaders headers = new(9)
        {
            [VersionHeader] = Count is null ? Version : CombinedVersion,
            [EpochHeader] = Epoch,
            [SequenceHeader] = Sequence,
            [StreamHeader] = StreamId,
        };
        if (Count is { } count) headers[CountHeader] = count;
        if (Highest > 0) headers[HighestHeader] = Highest;
        if (Ends > 0) headers[EndsHeader] = Ends;
        if (IsRepeated) headers[RepeatedHeader] = true;
        if (TraceParent is not null) headers[MessageHeaders.TraceParent] = TraceParent;
        var properties = new BasicProperties
        {
            Type = Kind,
            Persistent = true,
            MessageId = $"{Epoch}-{Sequence}",
            Timestamp = new AmqpTimestamp(now.ToUnixTimeSeconds()),
            Headers = headers,
        };
        if (ContentType is not null) properties.ContentType = ContentType;
        return properties;
    }

    /// <summary>Reads a delivered message; null if no leader appends such a message. The body is not copied.</summary>
    /// <exception cref="TransportException">The message is of another version of the protocol.</exception>
    internal static StreamMessage? TryRead(IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body)
    {
        if (properties.Type is not (MessageTypes.Value or MessageTypes.Close or MessageTypes.Sync or MessageTypes.Begin)
            || properties.Headers is not { } headers)
        {
            return null;
        }
        if (!headers.TryGetValue(VersionHeader, out var version)) return null;
        var isCombined = version is CombinedVersion && properties.Type == MessageTypes.Value;
        if (!isCombined && version is not Version)
        {
            throw new TransportException(
                $"A message of type '{properties.Type}' is of version {version} of the protocol; this process knows version "
                + $"{(properties.Type == MessageTypes.Value ? CombinedVersion : Version)}.");
        }

        if (!headers.TryGetValue(EpochHeader, out var epoch) || epoch is not long
            || !headers.TryGetValue(SequenceHeader, out var sequence) || sequence is not long)
        {
            return null;
        }
        return new StreamMessage(properties.Type, (long)epoch, (long)sequence, body)
        {
            StreamId = headers.TryGetValue(StreamHeader, out var stream) && stream is long id ? id : 0,
            Highest = headers.TryGetValue(HighestHeader, out var highest) && highest is long received ? received : 0,
            Ends = headers.TryGetValue(EndsHeader, out var ends) && ends is int decided ? decided : 0,
            Count = !isCombined ? null : headers.TryGetValue(CountHeader, out var count) && count is int values ? values : 0,
            IsRepeated = headers.TryGetValue(RepeatedHeader, out var repeated) && repeated is true,
            ContentType = properties.ContentType,
            TraceParent = headers.TryGetValue(MessageHeaders.TraceParent, out var trace) && trace is byte[] bytes
                ? System.Text.Encoding.ASCII.GetString(bytes)
                : null,
        };
    }
}
