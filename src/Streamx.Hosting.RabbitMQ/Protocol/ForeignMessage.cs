using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>A message that another application, or an operator, has published to a queue of a stream.</summary>
internal static class ForeignMessage
{
    /// <summary>The most characters of a content type that are shown.</summary>
    private const int Shown = 64;

    /// <summary>Describes the message without its content, which may be a secret.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="properties">Its properties.</param>
    /// <param name="length">How many bytes it has.</param>
    internal static string Describe(string queue, IReadOnlyBasicProperties properties, int length)
    {
        var type = properties.ContentType is { Length: > 0 } known ? known[..Math.Min(known.Length, Shown)] : "none";
        return $"Queue '{queue}' had a message that is none of Streamx (content type: {type}; {length} bytes). It has been taken out and "
            + "passed over.";
    }

    /// <summary>Describes a message of several values whose body is damaged.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="message">The message.</param>
    internal static string DescribeDamaged(string queue, StreamMessage message) =>
        $"Queue '{queue}' had a message of {message.Count} values from number {message.Sequence} on that cannot be read "
        + $"({message.Body.Length} bytes): its body does not have these values. It has been taken out and passed over; values that do not "
        + "come otherwise are reported as missing.";
}
