using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Streamx.Hosting.TransportAbstractions;

/// <summary>Writes values as JSON.</summary>
/// <param name="type">The JSON contract of the type.</param>
internal sealed class JsonStreamSerializer<T>(JsonTypeInfo<T> type) : IStreamSerializer<T>
{
    /// <inheritdoc/>
    public string ContentType => "application/json";

    /// <inheritdoc/>
    public void Serialize(T value, IBufferWriter<byte> writer)
    {
        using var json = new Utf8JsonWriter(writer);
        JsonSerializer.Serialize(json, value, type);
    }

    /// <inheritdoc/>
    public T Deserialize(ReadOnlySpan<byte> body) => JsonSerializer.Deserialize(body, type)!;
}
