namespace WorkerDemo.Tests.Otlp;

/// <summary>A line of the log of an export.</summary>
/// <param name="Resource">Where it was logged.</param>
/// <param name="Scope">The category.</param>
/// <param name="Severity">Its level.</param>
/// <param name="Text">What it says.</param>
/// <param name="TraceId">The trace it was logged in; empty for none.</param>
/// <param name="SpanId">The span it was logged in; empty for none.</param>
internal sealed record OtlpLog(IReadOnlyDictionary<string, string> Resource, string Scope, string Severity, string Text, string TraceId, string SpanId)
{
    /// <summary>The lines of the body of a request to <c>/v1/logs</c>.</summary>
    internal static IEnumerable<OtlpLog> Decode(ReadOnlyMemory<byte> request) =>
        from resourceLogs in new ProtobufMessage(request).Messages(1)
        let resource = OtlpAttributes.Decode(resourceLogs.Message(1).Messages(1))
        from scopeLogs in resourceLogs.Messages(2)
        let scope = scopeLogs.Message(1).Text(1)
        from log in scopeLogs.Messages(2)
        select new OtlpLog(resource, scope, log.Text(3), log.Message(5).Text(1), log.Hex(9), log.Hex(10));
}
