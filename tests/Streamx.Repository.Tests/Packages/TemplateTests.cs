using System.Text.Json;
using System.Xml.Linq;

namespace Streamx.Repository.Tests.Packages;

/// <summary>The project template, as its users meet it: from its package, in a folder that knows nothing of the repository.</summary>
[Collection(nameof(PackedPackagesCollection))]
[Trait("Length", "long")]
public class TemplateTests(PackedPackages packages)
{
    private const string Package = "Streamx.Hosting.Templates";

    /// <summary>A name with a dot, which an image cannot have as it is.</summary>
    private const string Name = "Acme.Intake";

    [Fact]
    public void Package_IsATemplate_WithItsReadme()
    {
        using var package = packages.Open(Package);
        var metadata = XDocument.Parse(packages.Read(Package, $"{Package}.nuspec")).Root!.Elements().Single();
        var entries = package.Entries.Select(entry => entry.FullName).ToList();

        Assert.Equal("Template", metadata.Descendants().Single(element => element.Name.LocalName == "packageType").Attribute("name")!.Value);
        Assert.Subset(entries.ToHashSet(), new HashSet<string> { "README.md", "LICENSE", "icon.png" });
        Assert.DoesNotContain(entries, entry => entry.Contains("/bin/", StringComparison.Ordinal) || entry.Contains("/obj/", StringComparison.Ordinal) || entry.EndsWith(".dll", StringComparison.Ordinal));
    }

    /// <summary>NuGet takes a path without an extension for a folder.</summary>
    [Fact]
    public void Content_IsInThePackage_EveryFileWhereItIsHere()
    {
        using var package = packages.Open(Package);
        var project = Path.Combine(Repository.Root, "src", Package);

        var here = Directory.EnumerateFiles(Path.Combine(project, "content"), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(project, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/bin/", StringComparison.Ordinal) && !file.Contains("/obj/", StringComparison.Ordinal));

        Assert.Equal(here.Order(), package.Entries.Select(entry => entry.FullName).Where(name => name.StartsWith("content/", StringComparison.Ordinal)).Order());
    }

    /// <summary>The template's other versions are the repository's: what was tested together is used together.</summary>
    [Fact]
    public void Versions_AreThoseOfTheRepository()
    {
        var central = Versions(Repository.Read("Directory.Packages.props"));

        Assert.All(Versions(packages.Read(Package, "content/StreamxWorker/Directory.Packages.props")), version => Assert.Equal(
            version.Key.StartsWith("Streamx.", StringComparison.Ordinal) ? PackedPackages.Version : central[version.Key], version.Value));
    }

    [Fact]
    public async Task Worker_FromThePackagesAlone_PassesItsTest_RunsAndDrains()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        var folder = await CreateAsync("created");
        await Tool.DotnetAsync(folder, ["build", "-v", "quiet", "-nologo", "-p:UseSharedCompilation=false", .. Restore]);

        var tested = await Tool.DotnetAsync(folder, "test", "--no-build");
        var program = Path.Combine(folder, "src", Name, "bin", "Debug", "net10.0", $"{Name}.dll");
        var refused = await CreatedWorker.RunAsync(program, "Streamx:readings:Consumers:Recordr:StallAfter=00:00:10");
        await using var worker = CreatedWorker.Start(program);
        var listening = await worker.WaitForLineAsync("Now listening on: ");
        await worker.WaitForLineAsync("Reading 2: ");
        var probes = await Task.WhenAll(new[] { "startup", "live", "ready" }.Select(probe => worker.AskAsync(listening, $"healthz/{probe}")));
        var page = await worker.AskAsync(listening, "streamx/");
        var (exitCode, output) = await worker.TerminateAsync();

        Assert.Contains("succeeded: 2", tested, StringComparison.Ordinal);
        // Nothing was started, so nothing is said of a start or of a drain.
        Assert.Equal(
            (2, "", "Streamx cannot start: Configuration 'Streamx:readings:Consumers:Recordr' has no effect: no consumer of that name is registered. "
                + "Registered there: Recorder. Did you mean 'Recorder'?\n"),
            refused);
        Assert.All(probes, probe =>
        {
            Assert.StartsWith("Healthy\n", probe, StringComparison.Ordinal);
            Assert.Matches("\nreadings: Open, .* Producers: Thermometer .* Consumers: Recorder ", probe);
        });
        Assert.Contains("<html", page, StringComparison.Ordinal);
        Assert.True(exitCode == 0, output);
        Assert.Contains("Stream readings ended: Drained,", output, StringComparison.Ordinal);
        var created = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).ToList();
        Assert.DoesNotContain(created, file => file.Contains("StreamxWorker", StringComparison.Ordinal) || file.Contains(".template.config", StringComparison.Ordinal));
        Assert.Contains("image: acme-intake\n", await File.ReadAllTextAsync(Path.Combine(folder, "k8s", "deployment.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_MadeByTheDockerfilesSteps_RunsAsInAContainer()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        var folder = await CreateAsync("image");
        var image = new ImageBuild(folder, Path.Combine(packages.Outside, "stages"), [.. Restore, "-p:UseSharedCompilation=false"]);

        await image.RunAsync();
        await using var worker = CreatedWorker.Start(image.Program, isInContainer: true);
        await worker.WaitForLineAsync("Reading 1: ");
        var (exitCode, output) = await worker.TerminateAsync();

        Assert.Equal(("8080", "$APP_UID"), (image.Port, image.User));
        Assert.True(exitCode == 0, output);
        Assert.All(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => JsonDocument.Parse(line).Dispose());
        Assert.False(Directory.Exists(Path.Combine(packages.Outside, "stages", "build", "source", "k8s")));
    }

    /// <summary>Where packages are: ours, and those that the build of the repository has brought.</summary>
    private string[] Restore =>
    [
        $"-p:RestoreAdditionalProjectSources={packages.Feed}",
        $"-p:RestorePackagesPath={Path.Combine(packages.Outside, "packages")}",
        $"-p:RestoreFallbackFolders={HelloProject.GlobalPackages}",
    ];

    /// <summary>Creates a worker in a folder of its own.</summary>
    private async Task<string> CreateAsync(string place)
    {
        var folder = Path.Combine(packages.Outside, place, Name);
        // A hive of its own: nothing is left on the machine.
        var hive = Path.Combine(packages.Outside, place, "hive");
        await Tool.DotnetAsync(packages.Outside, "new", "install", Path.Combine(packages.Feed, $"{Package}.{PackedPackages.Version}.nupkg"), "--debug:custom-hive", hive);
        await Tool.DotnetAsync(packages.Outside, "new", "streamx-worker", "-o", folder, "--debug:custom-hive", hive);
        return folder;
    }

    private static Dictionary<string, string> Versions(string props) =>
        XDocument.Parse(props).Descendants("PackageVersion").ToDictionary(version => version.Attribute("Include")!.Value, version => version.Attribute("Version")!.Value);
}
