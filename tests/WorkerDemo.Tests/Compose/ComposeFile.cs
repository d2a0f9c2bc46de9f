using System.Text.Json.Nodes;
using WorkerDemo.Tests.Kubernetes;

namespace WorkerDemo.Tests.Compose;

/// <summary>The compose file of the sample, with its merge keys (<c>&lt;&lt;</c>) resolved.</summary>
internal sealed class ComposeFile
{
    private ComposeFile(JsonObject root) => Root = root;

    /// <summary>The folder that its paths are relative to.</summary>
    internal static string Folder => Checkout.Sample;

    /// <summary>The whole file.</summary>
    internal JsonObject Root { get; }

    /// <summary>Each service by its name.</summary>
    internal Dictionary<string, JsonObject> Services =>
        Root["services"]!.AsObject().ToDictionary(service => service.Key, service => Merge(service.Value!.AsObject()));

    /// <summary>The services that run the sample.</summary>
    internal Dictionary<string, JsonObject> Workers => Services.Where(service => service.Value.ContainsKey("build")).ToDictionary();

    /// <summary>Reads it.</summary>
    internal static ComposeFile Read() => new(Yaml.Parse(File.ReadAllText(Path.Combine(Folder, "compose.yaml"))).Single());

    /// <summary>The arguments that a worker is started with.</summary>
    internal static string[] Arguments(JsonObject worker) =>
        [.. worker["command"]!.AsArray().Select(argument => argument!.GetValue<string>())];

    /// <summary>A mapping's own keys win over those that it merges.</summary>
    private static JsonObject Merge(JsonObject mapping)
    {
        var merged = mapping.DeepClone().AsObject();
        if (!merged.Remove("<<", out var shared)) return merged;
        foreach (var (key, value) in shared!.AsObject()) merged.TryAdd(key, value?.DeepClone());
        return merged;
    }
}
