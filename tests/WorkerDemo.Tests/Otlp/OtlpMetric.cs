namespace WorkerDemo.Tests.Otlp;

/// <summary>An instrument's points in one export.</summary>
/// <param name="Resource">What it was measured on.</param>
/// <param name="Scope">The meter.</param>
/// <param name="Name">The instrument.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Data">What kind of points it has.</param>
/// <param name="Points">The points, one for each set of tags.</param>
internal sealed record OtlpMetric(
    IReadOnlyDictionary<string, string> Resource, string Scope, string Name, string Unit, OtlpData Data, IReadOnlyList<OtlpPoint> Points)
{
    /// <summary>The metrics of the body of a request to <c>/v1/metrics</c>.</summary>
    internal static IEnumerable<OtlpMetric> Decode(ReadOnlyMemory<byte> request) =>
        from resourceMetrics in new ProtobufMessage(request).Messages(1)
        let resource = OtlpAttributes.Decode(resourceMetrics.Message(1).Messages(1))
        from scopeMetrics in resourceMetrics.Messages(2)
        let scope = scopeMetrics.Message(1).Text(1)
        from metric in scopeMetrics.Messages(2)
        select Decode(resource, scope, metric);

    private static OtlpMetric Decode(IReadOnlyDictionary<string, string> resource, string scope, ProtobufMessage metric)
    {
        var (data, points) = metric switch
        {
            _ when metric.Has(5) => (new OtlpData("gauge", "", false), metric.Message(5).Messages(1).Select(OtlpPoint.OfNumber)),
            _ when metric.Has(7) => (OtlpData.OfSum(metric.Message(7)), metric.Message(7).Messages(1).Select(OtlpPoint.OfNumber)),
            _ when metric.Has(9) => (OtlpData.OfHistogram(metric.Message(9)), metric.Message(9).Messages(1).Select(OtlpPoint.OfHistogram)),
            _ => throw new InvalidDataException($"Metric {metric.Text(1)} is of no kind that is expected here."),
        };
        return new OtlpMetric(resource, scope, metric.Text(1), metric.Text(3), data, [.. points]);
    }
}
