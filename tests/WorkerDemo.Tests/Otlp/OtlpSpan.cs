namespace WorkerDemo.Tests.Otlp;

/// <summary>A span of an export.</summary>
/// <param name="Resource">Where it was made.</param>
/// <param name="Scope">The activity source.</param>
/// <param name="TraceId">Its trace.</param>
/// <param name="SpanId">Its id.</param>
/// <param name="ParentId">Its parent's id; empty for a root.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind">internal, server, client, producer or consumer.</param>
/// <param name="Tags">Its attributes.</param>
/// <param name="Links">The ids of the spans it links to.</param>
internal sealed record OtlpSpan(
    IReadOnlyDictionary<string, string> Resource, string Scope, string TraceId, string SpanId, string ParentId, string Name, string Kind,
    IReadOnlyDictionary<string, string> Tags, IReadOnlyList<string> Links)
{
    private static readonly string[] s_kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"];

    /// <summary>The spans of the body of a request to <c>/v1/traces</c>.</summary>
    internal static IEnumerable<OtlpSpan> Decode(ReadOnlyMemory<byte> request) =>
        from resourceSpans in new ProtobufMessage(request).Messages(1)
        let resource = OtlpAttributes.Decode(resourceSpans.Message(1).Messages(1))
        from scopeSpans in resourceSpans.Messages(2)
        let scope = scopeSpans.Message(1).Text(1)
        from span in scopeSpans.Messages(2)
        select new OtlpSpan(
            resource, scope, span.Hex(1), span.Hex(2), span.Hex(4), span.Text(5), s_kinds[span.Integer(6)],
            OtlpAttributes.Decode(span.Messages(9)), [.. span.Messages(13).Select(link => link.Hex(2))]);
}
