using System.Text.Json.Serialization;

namespace Streamx.Hosting.RabbitMQ.Worker;

/// <summary>How values become JSON.</summary>
[JsonSerializable(typeof(long))]
internal sealed partial class NumberJson : JsonSerializerContext;
