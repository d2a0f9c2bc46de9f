using System.Globalization;
using System.Text.Json.Nodes;

namespace WorkerDemo.Tests.Kubernetes;

/// <summary>Reads values of a Kubernetes object by path: keys and indices, separated by slashes. A slash in a key is ~1, as in a JSON Pointer.</summary>
internal static class JsonPath
{
    /// <summary>What is there, or null.</summary>
    internal static JsonNode? At(this JsonNode? node, string path)
    {
        foreach (var key in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Unescape))
        {
            node = node switch
            {
                JsonObject item => item[key],
                JsonArray array => array.ElementAtOrDefault(int.Parse(key, CultureInfo.InvariantCulture)),
                _ => null,
            };
        }

        return node;
    }

    /// <summary>A key, as the object has it.</summary>
    internal static string Unescape(string key) => key.Replace("~1", "/", StringComparison.Ordinal);

    /// <summary>The scalar that is there, as text; null when there is none.</summary>
    internal static string? Text(this JsonNode? node, string path) => node.At(path)?.ToString();

    /// <summary>The elements of the array that is there; none when there is no array.</summary>
    internal static IEnumerable<JsonNode> Each(this JsonNode? node, string path) =>
        node.At(path) is JsonArray array ? array.OfType<JsonNode>() : [];

    /// <summary>The labels, or other pairs of texts, that are there.</summary>
    internal static Dictionary<string, string> Pairs(this JsonNode? node, string path) =>
        node.At(path) is JsonObject pairs ? pairs.ToDictionary(pair => pair.Key, pair => pair.Value!.ToString()) : [];
}
