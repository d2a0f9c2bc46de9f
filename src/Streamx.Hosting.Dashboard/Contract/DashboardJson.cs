using System.Text.Json.Serialization;

namespace Streamx.Hosting.Dashboard;

/// <summary>The JSON serialization of documents: generated, so that it needs no reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DashboardDocument))]
[JsonSerializable(typeof(HistoryDocument))]
[JsonSerializable(typeof(SessionDocument))]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlAnswer))]
internal sealed partial class DashboardJson : JsonSerializerContext;
