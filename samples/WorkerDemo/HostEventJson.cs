using System.Text.Json.Serialization;

namespace WorkerDemo;

/// <summary>How events are written between processes.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(HostEvent))]
internal sealed partial class HostEventJson : JsonSerializerContext;
