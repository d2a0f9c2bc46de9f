using System.Text.Json.Serialization;

namespace WorkerDemo;

/// <summary>How dead letters are written, as code made by the compiler: a trimmed program cannot look at types.</summary>
[JsonSerializable(typeof(DeadLetterLine))]
internal sealed partial class DeadLetterJson : JsonSerializerContext;
