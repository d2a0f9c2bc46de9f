using System.Text.Json;
using System.Text.Json.Serialization;

namespace Streamx.Hosting.Remote.Reporting;

/// <summary>Serializes reports.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ReportMessage))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    /// <summary>Reads a report; null for what is none, or is of another version.</summary>
    internal static ReportMessage? TryRead(ReadOnlySpan<byte> report)
    {
        try
        {
            var message = JsonSerializer.Deserialize(report, Default.ReportMessage);
            return message is { Version: Reporting.ReportMessage.KnownVersion, Instance.Length: > 0 } ? message : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
