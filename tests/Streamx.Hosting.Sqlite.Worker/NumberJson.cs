using System.Text.Json.Serialization;

namespace Streamx.Hosting.Sqlite.Worker;

/// <summary>How values become JSON.</summary>
[JsonSerializable(typeof(long))]
internal sealed partial class NumberJson : JsonSerializerContext;
