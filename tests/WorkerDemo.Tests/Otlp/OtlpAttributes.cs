using System.Globalization;

namespace WorkerDemo.Tests.Otlp;

/// <summary>Attributes and tags, all as text.</summary>
internal static class OtlpAttributes
{
    internal static IReadOnlyDictionary<string, string> Decode(IEnumerable<ProtobufMessage> attributes) =>
        attributes.ToDictionary(attribute => attribute.Text(1), attribute => Text(attribute.Message(2)), StringComparer.Ordinal);

    private static string Text(ProtobufMessage value) => value switch
    {
        _ when value.Has(2) => value.Integer(2) != 0 ? "true" : "false",
        _ when value.Has(3) => value.Integer(3).ToString(CultureInfo.InvariantCulture),
        _ when value.Has(4) => value.Double(4).ToString(CultureInfo.InvariantCulture),
        _ => value.Text(1),
    };
}
