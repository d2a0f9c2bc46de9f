using System.Globalization;
using System.Text.Json.Nodes;

namespace WorkerDemo.Tests.Kubernetes;

/// <summary>The objects that a kustomization renders to.</summary>
internal sealed class Manifests(IReadOnlyList<JsonObject> objects)
{
    /// <summary>All of them.</summary>
    internal IReadOnlyList<JsonObject> Objects => objects;

    /// <summary>Those of one kind.</summary>
    internal IEnumerable<JsonObject> OfKind(string kind) => objects.Where(item => item.Text("kind") == kind);

    /// <summary>The pods that its deployments make.</summary>
    internal IEnumerable<Pod> Pods => OfKind("Deployment").Select(deployment => new Pod(deployment, this));

    /// <summary>Renders a folder, without a cluster.</summary>
    internal static async Task<Manifests> RenderAsync(string folder)
    {
        var (exitCode, output, error) = await Tool.RunAsync("kubectl", ["kustomize", folder], folder);
        if (exitCode != 0 || error.Length > 0)
        {
            var version = await Tool.RunAsync("kubectl", ["version", "--client"], folder);
            Assert.Fail($"kubectl kustomize {folder} ended with {exitCode}. It needs kubectl 1.27 or later; this is\n{version.Output}\n{error}");
        }

        return new Manifests(Yaml.Parse(output));
    }

    /// <summary>Renders an overlay.</summary>
    internal static Task<Manifests> RenderOverlayAsync(string name) => RenderAsync(Checkout.Overlay(name));

    /// <summary>The same with something put in the place of a value of one object; null takes it away.</summary>
    /// <param name="kind">The only object of this kind.</param>
    /// <param name="path">As <see cref="JsonPath"/> reads it.</param>
    /// <param name="value">The new value, as JSON.</param>
    internal Manifests With(string kind, string path, string value)
    {
        var copy = new Manifests([.. objects.Select(item => item.DeepClone().AsObject())]);
        var slash = path.LastIndexOf('/');
        var (parent, key) = (path[..Math.Max(0, slash)], JsonPath.Unescape(path[(slash + 1)..]));
        var target = copy.OfKind(kind).Single().At(parent) ?? throw new ArgumentException($"{kind} has no {parent}.", nameof(path));
        if (target is JsonArray array) array[int.Parse(key, CultureInfo.InvariantCulture)] = JsonNode.Parse(value);
        else if (value == "null") target.AsObject().Remove(key);
        else target[key] = JsonNode.Parse(value);
        return copy;
    }
}
