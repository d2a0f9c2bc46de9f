using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>How everything but the users' values is written: as JSON, which an operator can read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Checkpoint))]
[JsonSerializable(typeof(SyncAnswer))]
[JsonSerializable(typeof(LeaseToken))]
[JsonSerializable(typeof(Membership))]
[JsonSerializable(typeof(Presence))]
internal sealed partial class ProtocolJson : JsonSerializerContext
{
    /// <summary>Writes it.</summary>
    internal static byte[] Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    /// <summary>Reads it.</summary>
    /// <exception cref="TransportException">It is none of this version of the protocol.</exception>
    internal static T Read<T>(ReadOnlyMemory<byte> body, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, type) ?? throw new JsonException("It is null.");
        }
        catch (JsonException error)
        {
            throw new TransportException($"A {typeof(T).Name} cannot be read: {error.Message}", error);
        }
    }
}
