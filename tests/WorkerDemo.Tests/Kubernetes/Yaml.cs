using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace WorkerDemo.Tests.Kubernetes;

/// <summary>YAML as the JSON that Kubernetes makes of it.</summary>
internal static class Yaml
{
    /// <summary>Every document of a text.</summary>
    internal static IReadOnlyList<JsonObject> Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => (JsonObject)ToJson(document.RootNode)!)];
    }

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode mapping =>
            new JsonObject(mapping.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, ToJson(pair.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => ToJson(scalar.Value!),
        YamlScalarNode scalar => scalar.Value,
        _ => throw new NotSupportedException($"{node.NodeType} at {node.Start}"),
    };

    /// <summary>Only what stands without quotes has a type other than string.</summary>
    private static JsonNode? ToJson(string plain) => plain switch
    {
        "" or "null" or "~" => null,
        "true" => true,
        "false" => false,
        _ when long.TryParse(plain, CultureInfo.InvariantCulture, out var whole) => whole,
        _ when double.TryParse(plain, CultureInfo.InvariantCulture, out var number) => number,
        _ => plain,
    };
}
