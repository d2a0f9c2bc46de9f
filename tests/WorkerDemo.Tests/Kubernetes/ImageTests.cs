using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace WorkerDemo.Tests.Kubernetes;

/// <summary>The image, which the Dockerfile and the SDK both make, and the pods that run it.</summary>
public class ImageTests
{
    private const string Project = "samples/WorkerDemo/WorkerDemo.csproj";

    [Fact]
    public async Task Dockerfile_AndSdk_MakeTheSameImage()
    {
        var dockerfile = new Dockerfile();

        var sdk = await SdkAsync();

        Assert.Equal(sdk.Text("Properties/ContainerBaseImage"), dockerfile.Images.Last());
        Assert.Equal(sdk.Each("Items/ContainerPort").Select(port => port.Text("Identity")), [dockerfile.Last("EXPOSE")]);
        Assert.Equal($"""["dotnet", "{sdk.Text("Properties/AssemblyName")}.dll"]""", dockerfile.Last("ENTRYPOINT"));
        // Microsoft's images set APP_UID to the number that the SDK is given here.
        Assert.Equal((PodRules.User, "$APP_UID"), (sdk.Text("Properties/ContainerUser"), dockerfile.Last("USER")));
    }

    [Fact]
    public async Task Pods_OfEveryOverlay_RunThatImage()
    {
        var sdk = await SdkAsync();
        var image = $"{sdk.Text("Properties/ContainerRepository")}:{sdk.Text("Properties/ContainerImageTag")}";
        var port = Assert.Single(sdk.Each("Items/ContainerPort")).Text("Identity");

        foreach (var overlay in OverlayTests.Overlays)
        {
            var manifests = await Manifests.RenderOverlayAsync(overlay.Data);
            Assert.All(manifests.Pods, pod =>
            {
                Assert.Equal(image, pod.Container.Text("image"));
                Assert.Equal(port, pod.Container.Text("ports/0/containerPort"));
            });
        }

        foreach (var file in (string[])["Dockerfile", "k8s/README.md"])
            Assert.Contains($"-t {image} .", await File.ReadAllTextAsync(Path.Combine(Checkout.Sample, file)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_OfTheProgram_HasTheFrameworksItNeeds()
    {
        var runtime = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "WorkerDemo.runtimeconfig.json")));
        var options = runtime.At("runtimeOptions");

        // The aspnet image has these two.
        string?[] names = [options.Text("framework/name"), .. options.Each("frameworks").Select(framework => framework.Text("name"))];
        Assert.Subset(new HashSet<string?> { "Microsoft.NETCore.App", "Microsoft.AspNetCore.App", null }, new HashSet<string?>(names));
        Assert.Equal(options.Text("tfm"), $"net{new Dockerfile().Images.Last().Split(':')[1].Split('-')[0]}");
        // Chiseled images have no ICU.
        Assert.Equal("true", options.Text("configProperties/System.Globalization.Invariant"));
    }

    [Fact]
    public void Stages_OfTheDockerfile_FitTogether()
    {
        var dockerfile = new Dockerfile();

        var foreign = dockerfile.Images.Except(dockerfile.Stages).ToList();
        Assert.Equal(2, foreign.Count);
        // The same .NET on the same release of Ubuntu: native parts are chosen for it when it is built.
        Assert.Equal("10.0-noble", foreign[0].Split(':')[1]);
        Assert.Equal("10.0-noble-chiseled", foreign[1].Split(':')[1]);
        Assert.Subset(dockerfile.Stages.ToHashSet(), dockerfile.CopiedFrom.ToHashSet());
        Assert.Equal("--from=build /app .", dockerfile.Last("COPY"));
        Assert.Matches("^dotnet publish samples/WorkerDemo .* -o /app$", dockerfile.Arguments("RUN").Last());
    }

    [Fact]
    public void BuildContext_HasWhatTheBuildReads_AndNothingElse()
    {
        var context = new BuildContext();

        string[] read =
        [
            ".editorconfig", "BannedSymbols.txt", "Directory.Build.props", "Directory.Packages.props", "global.json",
            "samples/WorkerDemo/appsettings.json", "samples/WorkerDemo/Settings/SettingsSetup.cs",
        ];
        Assert.All([.. read, .. Projects(Project)], path => Assert.True(context.Has(path) && File.Exists(Path.Combine(Checkout.Root, path)), path));
        string[] other =
        [
            ".git/HEAD", "README.md", "tests/run.sh", "src/Streamx/bin/Debug/net10.0/Streamx.dll",
            "samples/WorkerDemo/obj/project.assets.json", "samples/WorkerDemo/k8s/base/deployment.yaml",
        ];
        Assert.All(other, path => Assert.False(context.Has(path), path));
    }

    /// <summary>A project and all that it refers to.</summary>
    private static IEnumerable<string> Projects(string project)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Checkout.Root, project))!;
        return
        [
            project,
            .. from reference in XDocument.Load(Path.Combine(Checkout.Root, project)).Descendants("ProjectReference")
            from path in Projects(Path.GetRelativePath(Checkout.Root, Path.Combine(folder, reference.Attribute("Include")!.Value)))
            select path,
        ];
    }

    private static async Task<JsonNode> SdkAsync()
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] evaluate =
        [
            "msbuild", Project, "-nologo", "-getItem:ContainerPort",
            "-getProperty:AssemblyName,ContainerRepository,ContainerImageTag,ContainerBaseImage,ContainerUser",
        ];
        var (exitCode, output, error) = await Tool.RunAsync(dotnet, evaluate, Checkout.Root);
        Assert.True(exitCode == 0, output + error);
        return JsonNode.Parse(output)!;
    }
}
