using System.Text.Json.Serialization;

namespace Streamx.Hosting.Dashboard;

/// <summary>How documents become JSON: generated, so that nothing is found out at run time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DashboardDocument))]
[JsonSerializable(typeof(HistoryDocument))]
[JsonSerializable(typeof(SessionDocument))]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlAnswer))]
internal sealed partial class DashboardJson : JsonSerializerContext;
