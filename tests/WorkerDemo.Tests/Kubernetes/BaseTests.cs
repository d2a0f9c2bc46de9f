using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Kubernetes;

/// <summary>The base, as overlays of several workers use it.</summary>
public class BaseTests
{
    [Fact]
    public async Task Base_UsedForTwoRoles_GivesDeploymentsThatDoNotMeet()
    {
        using var folder = new TempFolder();
        foreach (var role in (string[])["producer", "consumer"])
        {
            Write(folder, role, $"""
                resources: ['{Path.GetRelativePath(folder.File(role), Checkout.Base)}']
                nameSuffix: -{role}
                labels: [{"{"} pairs: {"{"} app.kubernetes.io/component: {role} {"}"}, includeSelectors: true {"}"}]
                configMapGenerator: [{"{"} name: workerdemo, behavior: merge, literals: [Role={role}] {"}"}]
                """);
        }

        Write(folder, "both", "resources: [../producer, ../consumer]");

        var manifests = await Manifests.RenderAsync(folder.File("both"));

        Assert.Equal(["workerdemo-consumer", "workerdemo-producer"], manifests.Pods.Select(pod => pod.Name).Order());
        Assert.All(manifests.Pods, pod => Assert.Equal(pod.Name, $"workerdemo-{pod.Environment["Role"]}"));
        Problems.AssertNone(PodRules.Problems(manifests));
        Problems.AssertNone(await Schemas.ProblemsAsync(manifests));
    }

    [Fact]
    public async Task Base_ByItself_LeavesReplicasToOverlays()
    {
        var manifests = await Manifests.RenderAsync(Checkout.Base);

        var pod = Assert.Single(manifests.Pods);
        Assert.Null(pod.Deployment.At("spec/replicas"));
        Assert.Null(pod.Deployment.At("spec/strategy"));
    }

    private static void Write(TempFolder folder, string name, string kustomization)
    {
        Directory.CreateDirectory(folder.File(name));
        File.WriteAllText(Path.Combine(folder.File(name), "kustomization.yaml"), kustomization);
    }
}
