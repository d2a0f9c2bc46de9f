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
}
