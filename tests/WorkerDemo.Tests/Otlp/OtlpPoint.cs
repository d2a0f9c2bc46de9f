namespace WorkerDemo.Tests.Otlp;

/// <summary>A value for one set of tags.</summary>
/// <param name="Tags">The tags.</param>
/// <param name="Value">The value; of a histogram the sum.</param>
/// <param name="Count">Of a histogram, how many measurements there were.</param>
/// <param name="Bounds">Of a histogram, where its buckets end.</param>
internal sealed record OtlpPoint(IReadOnlyDictionary<string, string> Tags, double Value, long Count, IReadOnlyList<double> Bounds)
{
    internal static OtlpPoint OfNumber(ProtobufMessage point) =>
        new(OtlpAttributes.Decode(point.Messages(7)), point.Has(4) ? point.Double(4) : point.Integer(6), 0, []);

    internal static OtlpPoint OfHistogram(ProtobufMessage point) =>
        new(OtlpAttributes.Decode(point.Messages(9)), point.Double(5), point.Integer(4), point.Doubles(7));
}
