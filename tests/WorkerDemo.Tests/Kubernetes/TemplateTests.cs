using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Kubernetes;

/// <summary>The files that come with the project template: the same rules as for the sample's.</summary>
public class TemplateTests
{
    private static string Files { get; } = Path.Combine(Checkout.Root, "src", "Streamx.Hosting.Templates", "content", "StreamxWorker", "k8s");

    [Theory]
    [InlineData("none")]
    [InlineData("sqlite")]
    [InlineData("rabbitmq")]
    public async Task Objects_AsRendered_AreWhatTheSchemasAllow(string transport)
    {
        var manifests = await RenderAsync(transport);

        Problems.AssertNone(await Schemas.ProblemsAsync(manifests));
    }

    [Fact]
    public async Task Pod_AsRendered_Agrees()
    {
        var manifests = await Manifests.RenderAsync(Files);

        var pod = Assert.Single(manifests.Pods);
        Problems.AssertNone(PodRules.Problems(manifests));
        Assert.Equal(("1", "Recreate"), (pod.Deployment.Text("spec/replicas"), pod.Deployment.Text("spec/strategy/type")));
        Assert.Equal("streamx-worker:0.1.0", pod.Container.Text("image"));
    }

    [Fact]
    public async Task Pod_WithSqlite_HasItsFileOnAVolumeOfItsOwn()
    {
        var manifests = await RenderAsync("sqlite");

        var pod = Assert.Single(manifests.Pods);
        Problems.AssertNone(PodRules.Problems(manifests));
        // Two pods of two nodes would lock different copies of a file; the old one hands over before the new one starts.
        Assert.Equal(("1", "Recreate"), (pod.Deployment.Text("spec/replicas"), pod.Deployment.Text("spec/strategy/type")));
        var claim = Assert.Single(manifests.OfKind("PersistentVolumeClaim"));
        var volume = Assert.Single(pod.Spec.Each("volumes"), volume => volume.At("persistentVolumeClaim") is not null);
        var mount = Assert.Single(pod.Container.Each("volumeMounts"), mount => mount.Text("name") == volume.Text("name"));
        Assert.Equal(claim.Text("metadata/name"), volume.Text("persistentVolumeClaim/claimName"));
        Assert.Equal("ReadWriteOnce", claim.Text("spec/accessModes/0"));
        Assert.Equal($"{mount.Text("mountPath")}/readings.db", pod.Environment["Streamx__readings__Sqlite__Path"]);
        Assert.Null(mount.Text("readOnly"));
    }

    [Fact]
    public async Task Pod_WithRabbitMq_FindsTheBrokerAndMayCallIt()
    {
        var manifests = await RenderAsync("rabbitmq");

        var pod = Assert.Single(manifests.Pods);
        Problems.AssertNone(PodRules.Problems(manifests));
        Assert.Equal(("2", "RollingUpdate"), (pod.Deployment.Text("spec/replicas"), pod.Deployment.Text("spec/strategy/type")));
        var secret = Assert.Single(pod.Spec.Each("volumes"), volume => volume.At("secret") is not null);
        var mount = Assert.Single(pod.Container.Each("volumeMounts"), mount => mount.Text("name") == secret.Text("name"));
        Assert.Equal("streamx-worker-rabbitmq", secret.Text("secret/secretName"));
        Assert.Equal("streamx-worker-rabbitmq/username", pod.Environment["Streamx__readings__RabbitMq__UserName"]);
        Assert.Equal(
            $"{mount.Text("mountPath")}/{secret.Text("secret/items/0/path")}",
            pod.Environment["Streamx__readings__RabbitMq__PasswordFile"]);
        Assert.Equal("true", mount.Text("readOnly"));
        Assert.Equal("amqp://rabbitmq", pod.Environment["Streamx__readings__RabbitMq__Uri"]);
        // 5672 is what an amqp address without a port means.
        var policy = Assert.Single(manifests.OfKind("NetworkPolicy"));
        Assert.Contains("5672", policy.Each("spec/egress").SelectMany(rule => rule.Each("ports")).Select(port => port.Text("port")));
    }

    [Fact]
    public async Task NetworkPolicy_SelectsThePod_LetsNothingInAndTelemetryOut()
    {
        var manifests = await Manifests.RenderAsync(Files);

        var pod = Assert.Single(manifests.Pods);
        var policy = Assert.Single(manifests.OfKind("NetworkPolicy"));
        Assert.All(policy.Pairs("spec/podSelector/matchLabels"), label => Assert.Equal(label.Value, pod.Labels[label.Key]));
        Assert.NotEmpty(policy.Pairs("spec/podSelector/matchLabels"));
        Assert.Equal(("Ingress", "Egress"), (policy.Text("spec/policyTypes/0"), policy.Text("spec/policyTypes/1")));
        Assert.Empty(policy.Each("spec/ingress"));
        Assert.Equal(["53", "53", "4317", "4318"], policy.Each("spec/egress/0/ports").Select(port => port.Text("port")));
    }

    /// <summary>Renders what is created for a transport: the template puts its kustomization in the place of the one for none.</summary>
    private static async Task<Manifests> RenderAsync(string transport)
    {
        if (transport == "none") return await Manifests.RenderAsync(Files);
        using var folder = new TempFolder();
        foreach (var file in Directory.EnumerateFiles(Files)) File.Copy(file, folder.File(Path.GetFileName(file)));
        File.Move(folder.File($"kustomization.{transport}.yaml"), folder.File("kustomization.yaml"), overwrite: true);
        return await Manifests.RenderAsync(folder.Root);
    }
}
