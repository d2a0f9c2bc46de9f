using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Serializes everything but the users' values as JSON, which an operator can read.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Checkpoint))]
[JsonSerializable(typeof(SyncAnswer))]
[JsonSerializable(typeof(LeaseToken))]
[JsonSerializable(typeof(Membership))]
[JsonSerializable(typeof(Presence))]
internal sealed partial class ProtocolJson : JsonSerializerContext
{
    /// <summary>Serializes a message.</summary>
    internal static byte[] Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    /// <summary>Deserializes a message; null if the body is none.</summary>
    internal static T? TryRead<T>(ReadOnlyMemory<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
