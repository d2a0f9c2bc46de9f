using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace WorkerDemo.Tests.Kubernetes;

/// <summary>The pod that a deployment makes, with its one container.</summary>
internal sealed partial class Pod(JsonObject deployment, Manifests manifests)
{
    /// <summary>The deployment's name.</summary>
    internal string Name => deployment.Text("metadata/name")!;

    /// <summary>The deployment.</summary>
    internal JsonObject Deployment => deployment;

    /// <summary>The pod's spec.</summary>
    internal JsonNode Spec => deployment.At("spec/template/spec")!;

    /// <summary>The container.</summary>
    internal JsonNode Container => Assert.Single(Spec.Each("containers"));

    /// <summary>The pod's labels.</summary>
    internal Dictionary<string, string> Labels => deployment.Pairs("spec/template/metadata/labels");

    /// <summary>Where it may write.</summary>
    internal IEnumerable<string> WritableFolders =>
        Container.Each("volumeMounts").Where(mount => mount.Text("readOnly") != "true").Select(mount => mount.Text("mountPath")!);

    /// <summary>The objects of a kind that select it.</summary>
    internal IEnumerable<JsonObject> SelectedBy(string kind) =>
        manifests.OfKind(kind).Where(item => item.Pairs("spec/selector/matchLabels").All(label => Labels.GetValueOrDefault(label.Key) == label.Value));

    /// <summary>The config maps whose settings it takes; null for one that is not there.</summary>
    internal IEnumerable<(string Name, JsonObject? ConfigMap)> ConfigMaps =>
        from source in Container.Each("envFrom")
        let name = source.Text("configMapRef/name")
        select (name, manifests.OfKind("ConfigMap").SingleOrDefault(map => map.Text("metadata/name") == name));

    /// <summary>The environment as the container gets it. What the cluster fills in is the name of the field, or of the secret and its key.</summary>
    internal Dictionary<string, string> Environment
    {
        get
        {
            var environment = new Dictionary<string, string>();
            foreach (var (name, value) in ConfigMaps.SelectMany(source => source.ConfigMap.Pairs("data"))) environment[name] = value;
            foreach (var variable in Container.Each("env"))
            {
                environment[variable.Text("name")!] = variable.Text("value") is { } value
                    // As Kubernetes does: only what stands above is known, and what is unknown stays as it is written.
                    ? Reference().Replace(value, match => environment.GetValueOrDefault(match.Groups["name"].Value, match.Value))
                    : variable.Text("valueFrom/fieldRef/fieldPath")
                        ?? $"{variable.Text("valueFrom/secretKeyRef/name")}/{variable.Text("valueFrom/secretKeyRef/key")}";
            }

            return environment;
        }
    }

    [GeneratedRegex(@"\$\((?<name>\w+)\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();
}
