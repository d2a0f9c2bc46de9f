namespace WorkerDemo.Tests.Kubernetes;

/// <summary>That the rules find what does not agree.</summary>
public class PodRulesTests
{
    private const string Spec = "spec/template/spec";
    private const string Container = $"{Spec}/containers/0";

    [Theory]
    [InlineData("Deployment", $"{Container}/env/0/value", "\"8081\"", "livenessProbe asks port 'health', 8080; HTTP_PORTS is 8081.")]
    [InlineData("Deployment", $"{Container}/ports/0/containerPort", "8081", "startupProbe asks port 'health', 8081; HTTP_PORTS is 8080.")]
    [InlineData("Deployment", $"{Container}/readinessProbe/httpGet/port", "\"http\"", "readinessProbe asks port 'http', ; HTTP_PORTS is 8080.")]
    [InlineData("Deployment", $"{Container}/readinessProbe/httpGet/path", "\"/ready\"", "readinessProbe asks for /ready, not /healthz/ready.")]
    [InlineData("Deployment", $"{Container}/startupProbe", "null", "startupProbe asks for , not /healthz/startup.")]
    [InlineData("Deployment", $"{Container}/envFrom/0/configMapRef/name", "\"other\"", "There is no config map other.")]
    [InlineData("Deployment", $"{Container}/env/0/value", "\"$(LATER)\"", "HTTP_PORTS refers to a variable that is not set before it: $(LATER)")]
    [InlineData("Deployment", $"{Container}/env/8/value", "\"service.instance.id=workerdemo\"", "service.instance.id does not tell pods apart.")]
    [InlineData("Deployment", $"{Spec}/terminationGracePeriodSeconds", "null", "Drain 00:00:25, flush 00:00:08 and margin 00:00:10 do not fit into 00:00:30.")]
    [InlineData("Deployment", $"{Container}/env/1/value", "\"35\"", "Drain 00:00:35, flush 00:00:08 and margin 00:00:10 do not fit into 00:00:45.")]
    [InlineData("Deployment", $"{Container}/env/2/value", "\"10000\"", "Drain 00:00:25, flush 00:00:20 and margin 00:00:10 do not fit into 00:00:45.")]
    [InlineData("Deployment", $"{Container}/lifecycle", """{ "preStop": { "sleep": { "seconds": 5 } } }""", "A preStop hook takes its time from the drain.")]
    [InlineData("Deployment", "spec/selector/matchLabels/app.kubernetes.io~1name", "\"other\"", "Its deployment, and no other, has to select the pod.")]
    [InlineData("PodDisruptionBudget", "spec/selector/matchLabels/app.kubernetes.io~1name", "\"other\"", "One PodDisruptionBudget has to select the pod: evictions fail with two.")]
    [InlineData("PodDisruptionBudget", "spec/maxUnavailable", "0", "The PodDisruptionBudget has to let one pod go.")]
    [InlineData("Deployment", $"{Spec}/securityContext/runAsUser", "0", "securityContext/runAsUser is not 1654.")]
    [InlineData("Deployment", $"{Container}/securityContext/runAsUser", "0", "The container overrides runAsUser.")]
    [InlineData("Deployment", $"{Container}/securityContext/readOnlyRootFilesystem", "false", "securityContext/readOnlyRootFilesystem is not true.")]
    [InlineData("Deployment", $"{Container}/securityContext/capabilities", "null", "securityContext/capabilities/drop/0 is not ALL.")]
    [InlineData("Deployment", $"{Spec}/automountServiceAccountToken", "null", "automountServiceAccountToken is not false.")]
    [InlineData("Deployment", $"{Container}/resources/limits/memory", "null", "Memory has to be requested and limited.")]
    [InlineData("Deployment", $"{Container}/resources/limits/cpu", "\"1\"", "CPU has to be requested, and not limited.")]
    [InlineData("Deployment", $"{Spec}/volumes/0/name", "\"other\"", "Every volume has to be mounted, and every mount needs a volume.")]
    [InlineData("ConfigMap", "data/WorkerDemo__Database", "\"workerdemo.db\"", "WorkerDemo__Database is workerdemo.db, which cannot be written.")]
    public async Task Mismatch_InARenderedObject_IsFound(string kind, string path, string value, string problem)
    {
        var manifests = (await Manifests.RenderOverlayAsync("in-process")).With(kind, path, value);

        Assert.Contains(problem, PodRules.Problems(manifests));
    }

    [Theory]
    [InlineData(
        "Deployment", $"{Spec}/volumes/0", """{ "name": "data", "emptyDir": {} }""",
        "/data/stream.db is on no persistent volume: it ends with the pod.")]
    [InlineData(
        "Deployment", $"{Container}/volumeMounts/0/readOnly", "true",
        "WorkerDemo__Durable is /data/stream.db, which cannot be written.")]
    [InlineData("PersistentVolumeClaim", "metadata/name", "\"other\"", "/data/stream.db is on no persistent volume: it ends with the pod.")]
    [InlineData(
        "PersistentVolumeClaim", "spec/accessModes/0", "\"ReadWriteMany\"",
        "The volume of /data/stream.db may be used on two nodes, which do not see each other's locks.")]
    [InlineData("Deployment", "spec/replicas", "2", "/data/stream.db is for one pod.")]
    [InlineData("Deployment", "spec/strategy", "null", "A new pod starts before the old one has given the file up.")]
    public async Task Mismatch_InAPodWithItsStreamInAFile_IsFound(string kind, string path, string value, string problem)
    {
        var manifests = (await Manifests.RenderOverlayAsync("durable")).With(kind, path, value);

        Assert.Contains(problem, PodRules.Problems(manifests));
    }
}
