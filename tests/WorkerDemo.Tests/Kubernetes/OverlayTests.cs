using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Kubernetes;

/// <summary>Every overlay, as it would be applied.</summary>
public class OverlayTests
{
    public static TheoryData<string> Overlays =>
        [.. Directory.EnumerateDirectories(Checkout.Overlay("")).Select(folder => Path.GetFileName(folder)).Order()];

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Objects_AsRendered_AreWhatTheSchemasAllow(string overlay)
    {
        var manifests = await Manifests.RenderOverlayAsync(overlay);

        Problems.AssertNone(await Schemas.ProblemsAsync(manifests));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Pods_AsRendered_Agree(string overlay)
    {
        var manifests = await Manifests.RenderOverlayAsync(overlay);

        Assert.NotEmpty(manifests.Pods);
        Problems.AssertNone(PodRules.Problems(manifests));
    }

    [Fact]
    public async Task InProcess_ItsDeployment_NeverHasTwoPods()
    {
        var manifests = await Manifests.RenderOverlayAsync("in-process");

        var pod = Assert.Single(manifests.Pods);
        Assert.Equal("1", pod.Deployment.Text("spec/replicas"));
        Assert.Equal("Recreate", pod.Deployment.Text("spec/strategy/type"));
        Assert.Equal(["ConfigMap", "Deployment", "PodDisruptionBudget"], manifests.Objects.Select(item => item.Text("kind")!).Order());
    }

    [Fact]
    public async Task InProcess_ItsFiles_AreOnTheVolumeForThem()
    {
        var manifests = await Manifests.RenderOverlayAsync("in-process");

        var pod = Assert.Single(manifests.Pods);
        Assert.Equal(["/data", "/tmp"], pod.WritableFolders.Order());
        Assert.Equal("/data/workerdemo.db", pod.Environment["WorkerDemo__Database"]);
        Assert.All(pod.Spec.Each("volumes"), volume => Assert.NotNull(volume.At("emptyDir/sizeLimit")));
    }

    [Fact]
    public async Task RabbitMq_EachRole_IsADeploymentOfItsOwn_AndTheProducerHasAStandby()
    {
        var manifests = await Manifests.RenderOverlayAsync("rabbitmq");

        Assert.Equal(
            [("consumer:Alerts", "1"), ("consumer:Journal", "1"), ("consumer:Summary", "1"), ("producer", "2")],
            manifests.Pods.Select(pod => (pod.Environment["WorkerDemo__Role"], pod.Deployment.Text("spec/replicas")!)).Order());
        // The next one stands by while the last hands over.
        Assert.All(manifests.Pods, pod => Assert.Null(pod.Deployment.At("spec/strategy")));
        Assert.Single(manifests.Pods.Select(pod => pod.Environment["Streamx__events__Window"]).Distinct());
    }

    [Fact]
    public async Task RabbitMq_EveryPod_FindsTheBrokerAndMayCallIt()
    {
        var manifests = await Manifests.RenderOverlayAsync("rabbitmq");
        var broker = Assert.Single(Yaml.Parse(await File.ReadAllTextAsync(Path.Combine(Checkout.Sample, "k8s", "broker", "rabbitmqcluster.yaml")))).Text("metadata/name");

        var policy = Assert.Single(manifests.OfKind("NetworkPolicy"));
        var label = Assert.Single(policy.Pairs("spec/podSelector/matchLabels"));
        Assert.All(manifests.Pods, pod =>
        {
            Assert.Equal($"amqp://{broker}", pod.Environment["WorkerDemo__RabbitMq"]);
            Assert.Equal($"{broker}-default-user/username", pod.Environment["Streamx__events__RabbitMq__UserName"]);
            var secret = Assert.Single(pod.Spec.Each("volumes"), volume => volume.At("secret") is not null);
            var mount = Assert.Single(pod.Container.Each("volumeMounts"), mount => mount.Text("name") == secret.Text("name"));
            Assert.Equal($"{broker}-default-user", secret.Text("secret/secretName"));
            Assert.Equal($"{mount.Text("mountPath")}/{secret.Text("secret/items/0/path")}", pod.Environment["Streamx__events__RabbitMq__PasswordFile"]);
            Assert.Equal(label.Value, pod.Labels[label.Key]);
        });
        // As the operator labels the broker's pods; 5672 is what an amqp address without a port means.
        Assert.Equal(broker, policy.Pairs("spec/egress/0/to/0/podSelector/matchLabels")["app.kubernetes.io/name"]);
        Assert.Equal("5672", policy.Text("spec/egress/0/ports/0/port"));
        Assert.Null(policy.At("spec/ingress"));
    }

    [Fact]
    public async Task InProcess_WithTheOverlayOfTheReadme_GetsRegistryAndCollector()
    {
        using var folder = new TempFolder();
        var readme = await File.ReadAllTextAsync(Path.Combine(Checkout.Sample, "k8s", "README.md"));
        var kustomization = readme.Split("```yaml\n")[1].Split("```")[0];
        var inProcess = Path.GetRelativePath(folder.Root, Checkout.Overlay("in-process"));
        await File.WriteAllTextAsync(folder.File("kustomization.yaml"), kustomization.Replace("../in-process", inProcess, StringComparison.Ordinal));

        var manifests = await Manifests.RenderAsync(folder.Root);

        var pod = Assert.Single(manifests.Pods);
        Assert.Equal("registry.example.com/team/workerdemo:0.1.0", pod.Container.Text("image"));
        Assert.Equal("http://collector.monitoring:4317", pod.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        Assert.Equal("16", pod.Environment["Streamx__events__Window"]);
        Problems.AssertNone(PodRules.Problems(manifests));
    }
}
