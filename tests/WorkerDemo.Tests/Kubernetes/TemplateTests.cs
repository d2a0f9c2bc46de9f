namespace WorkerDemo.Tests.Kubernetes;

/// <summary>The files that come with the project template: the same rules as for the sample's.</summary>
public class TemplateTests
{
    private static string Files { get; } = Path.Combine(Checkout.Root, "src", "Streamx.Hosting.Templates", "content", "StreamxWorker", "k8s");

    [Fact]
    public async Task Objects_AsRendered_AreWhatTheSchemasAllow()
    {
        var manifests = await Manifests.RenderAsync(Files);

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
}
