namespace WorkerDemo.Tests.Kubernetes;

/// <summary>What has to agree in a pod beyond the schemas.</summary>
internal static class PodRules
{
    /// <summary>The user of Microsoft's images that is not root.</summary>
    internal const string User = "1654";

    /// <summary>Where the worker answers.</summary>
    private static readonly (string Probe, string Path)[] s_probes =
        [("startupProbe", "/healthz/startup"), ("livenessProbe", "/healthz/live"), ("readinessProbe", "/healthz/ready")];

    /// <summary>What the pod may do: next to nothing.</summary>
    private static readonly (string Path, string Value)[] s_podSecurity =
    [
        ("automountServiceAccountToken", "false"),
        ("securityContext/runAsNonRoot", "true"),
        ("securityContext/runAsUser", User),
        ("securityContext/runAsGroup", User),
        ("securityContext/fsGroup", User),
        ("securityContext/seccompProfile/type", "RuntimeDefault"),
    ];

    /// <summary>What the container may do.</summary>
    private static readonly (string Path, string Value)[] s_containerSecurity =
    [
        ("securityContext/readOnlyRootFilesystem", "true"),
        ("securityContext/allowPrivilegeEscalation", "false"),
        ("securityContext/capabilities/drop/0", "ALL"),
    ];

    /// <summary>What the container could say otherwise than its pod.</summary>
    private static readonly string[] s_overrides = ["runAsNonRoot", "runAsUser", "runAsGroup", "seccompProfile", "privileged"];

    /// <summary>The file of a stream that is kept in one.</summary>
    private const string Durable = "WorkerDemo__Durable";

    /// <summary>The settings that name a file to write.</summary>
    private static readonly string[] s_files = ["WorkerDemo__Database", Durable];

    /// <summary>One sentence for each thing that does not.</summary>
    internal static IReadOnlyList<string> Problems(Manifests manifests) =>
    [
        .. manifests.Pods.SelectMany(ProbeProblems),
        .. manifests.Pods.SelectMany(SettingProblems),
        .. manifests.Pods.SelectMany(StopProblems),
        .. manifests.Pods.SelectMany(SecurityProblems),
        .. manifests.Pods.SelectMany(StorageProblems),
        .. manifests.Pods.SelectMany(pod => DurableProblems(pod, manifests)),
        .. manifests.Pods.SelectMany(ResourceProblems),
    ];

    private static IEnumerable<string> ProbeProblems(Pod pod)
    {
        var served = pod.Environment.GetValueOrDefault("HTTP_PORTS");
        foreach (var (probe, path) in s_probes)
        {
            var request = pod.Container.At($"{probe}/httpGet");
            if (request.Text("path") != path) yield return $"{probe} asks for {request.Text("path")}, not {path}.";
            var name = request.Text("port");
            var port = pod.Container.Each("ports").SingleOrDefault(port => port.Text("name") == name).Text("containerPort");
            if (port is null || port != served) yield return $"{probe} asks port '{name}', {port}; HTTP_PORTS is {served}.";
        }
    }

    private static IEnumerable<string> SettingProblems(Pod pod)
    {
        foreach (var (name, map) in pod.ConfigMaps)
        {
            if (map is null) yield return $"There is no config map {name}.";
        }

        foreach (var (name, value) in pod.Environment)
        {
            if (value.Contains("$(", StringComparison.Ordinal))
                yield return $"{name} refers to a variable that is not set before it: {value}";
        }

        if (!pod.Environment.ContainsKey("OTEL_SERVICE_NAME")) yield return "OTEL_SERVICE_NAME is not set.";
        var instance = pod.Environment.GetValueOrDefault("OTEL_RESOURCE_ATTRIBUTES", "").Split(',')
            .SingleOrDefault(attribute => attribute.StartsWith("service.instance.id=", StringComparison.Ordinal));
        if (instance?.Contains("metadata.name", StringComparison.Ordinal) != true) yield return "service.instance.id does not tell pods apart.";
    }

    private static IEnumerable<string> StopProblems(Pod pod)
    {
        var budget = GraceBudget.Of(pod);
        if (!budget.IsKept)
            yield return $"Drain {budget.Drain}, flush {budget.Flush} and margin {GraceBudget.Margin} do not fit into {budget.Grace}.";
        if (pod.Container.At("lifecycle/preStop") is not null) yield return "A preStop hook takes its time from the drain.";
        if (pod.SelectedBy("Deployment").Count() != 1) yield return "Its deployment, and no other, has to select the pod.";
        if (pod.SelectedBy("PodDisruptionBudget").ToList() is not [var disruption])
            yield return "One PodDisruptionBudget has to select the pod: evictions fail with two.";
        else if (disruption.Text("spec/maxUnavailable") != "1")
            yield return "The PodDisruptionBudget has to let one pod go.";
    }

    private static IEnumerable<string> SecurityProblems(Pod pod) =>
    [
        .. from rule in s_podSecurity where pod.Spec.Text(rule.Path) != rule.Value select $"{rule.Path} is not {rule.Value}.",
        .. from rule in s_containerSecurity where pod.Container.Text(rule.Path) != rule.Value select $"{rule.Path} is not {rule.Value}.",
        .. from key in s_overrides where pod.Container.At($"securityContext/{key}") is not null select $"The container overrides {key}.",
    ];

    private static IEnumerable<string> StorageProblems(Pod pod)
    {
        var volumes = pod.Spec.Each("volumes").Select(volume => volume.Text("name")).Order();
        var mounted = pod.Container.Each("volumeMounts").Select(mount => mount.Text("name")).Order();
        if (!volumes.SequenceEqual(mounted)) yield return "Every volume has to be mounted, and every mount needs a volume.";
        if (!pod.WritableFolders.Contains("/tmp")) yield return "The runtime needs /tmp for its diagnostics.";
        foreach (var setting in s_files)
        {
            if (pod.Environment.GetValueOrDefault(setting) is { } file && !pod.WritableFolders.Any(folder => IsIn(file, folder)))
                yield return $"{setting} is {file}, which cannot be written.";
        }
    }

    /// <summary>A stream in a file: the next pod has to find it, and no two pods may use it on two nodes.</summary>
    private static IEnumerable<string> DurableProblems(Pod pod, Manifests manifests)
    {
        if (pod.Environment.GetValueOrDefault(Durable) is not { } file) yield break;
        var mount = pod.Container.Each("volumeMounts").FirstOrDefault(mount => IsIn(file, mount.Text("mountPath")!)).Text("name");
        var volume = pod.Spec.Each("volumes").FirstOrDefault(volume => volume.Text("name") == mount);
        var claim = manifests.OfKind("PersistentVolumeClaim")
            .SingleOrDefault(claim => claim.Text("metadata/name") == volume.Text("persistentVolumeClaim/claimName"));
        if (claim is null) yield return $"{file} is on no persistent volume: it ends with the pod.";
        else if (!claim.Each("spec/accessModes").All(mode => mode.GetValue<string>() is "ReadWriteOnce" or "ReadWriteOncePod"))
            yield return $"The volume of {file} may be used on two nodes, which do not see each other's locks.";
        if (pod.Deployment.Text("spec/replicas") != "1") yield return $"{file} is for one pod.";
        if (pod.Deployment.Text("spec/strategy/type") != "Recreate")
            yield return "A new pod starts before the old one has given the file up.";
    }

    private static bool IsIn(string file, string folder) => file.StartsWith(folder + "/", StringComparison.Ordinal);

    private static IEnumerable<string> ResourceProblems(Pod pod)
    {
        var (requests, limits) = (pod.Container.At("resources/requests"), pod.Container.At("resources/limits"));
        if (requests.At("memory") is null || limits.At("memory") is null) yield return "Memory has to be requested and limited.";
        if (requests.At("cpu") is null || limits.At("cpu") is not null) yield return "CPU has to be requested, and not limited.";
    }
}
