using System.Text.Json;
using System.Text.RegularExpressions;
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
        AssertMentions(folder);
        Assert.Contains("image: acme-intake\n", await File.ReadAllTextAsync(Path.Combine(folder, "k8s", "deployment.yaml")), StringComparison.Ordinal);
    }

    /// <summary>A stream in a file outlives its process: that the program uses it shows in what it says when it is started again.</summary>
    [Fact]
    public async Task Worker_WithSqlite_PassesItsTest_AndGoesOnAfterAKill()
    {
        var (folder, program) = await BuildAsync("sqlite", "Streamx.Hosting.Sqlite");
        await using (var first = CreatedWorker.Start(program))
        {
            await first.WaitForLineAsync("Reading 2: ");
            first.Kill();
        }

        await using var second = CreatedWorker.Start(program);
        var line = await second.WaitForLineAsync("goes on where it was, behind number ");

        Assert.Matches("behind number [23]\\.", line);
        Assert.Contains("*.db-wal\n", await File.ReadAllTextAsync(Path.Combine(folder, ".gitignore")), StringComparison.Ordinal);
    }

    /// <summary>There is no broker here: the program says that it cannot reach the one it is set to, and waits.</summary>
    [Fact]
    public async Task Worker_WithRabbitMq_PassesItsTest_AndAsksForItsBroker()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        var (_, program) = await BuildAsync("rabbitmq", "Streamx.Hosting.RabbitMQ");
        // Nothing listens on the port 9, discard.
        await using var worker = CreatedWorker.Start(program, isInContainer: false, "--Streamx:readings:RabbitMq:Uri=amqp://127.0.0.1:9");

        await worker.WaitForLineAsync("no session with the other processes");
        var (exitCode, output) = await worker.TerminateAsync();

        Assert.True(exitCode == 0, output);
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

    /// <summary>Creates a worker whose stream is kept by a transport, builds it and runs its tests.</summary>
    private async Task<(string Folder, string Program)> BuildAsync(string transport, string package)
    {
        var folder = await CreateAsync(transport, "--transport", transport);
        await Tool.DotnetAsync(folder, ["build", "-v", "quiet", "-nologo", "-p:UseSharedCompilation=false", .. Restore]);

        Assert.Contains("succeeded: 2", await Tool.DotnetAsync(folder, "test", "--no-build"), StringComparison.Ordinal);
        AssertMentions(folder, package);
        // What the tests of the Kubernetes files compare is what is created.
        var kept = packages.Read(Package, $"content/StreamxWorker/k8s/kustomization.{transport}.yaml")
            .Replace("streamx-worker", "acme-intake", StringComparison.Ordinal);
        Assert.Equal(kept, await File.ReadAllTextAsync(Path.Combine(folder, "k8s", "kustomization.yaml")));
        return (folder, Path.Combine(folder, "src", Name, "bin", "Debug", "net10.0", $"{Name}.dll"));
    }

    /// <summary>Asserts that what was created speaks of these transports and of no other, and that no condition is left.</summary>
    private static void AssertMentions(string folder, params string[] transports)
    {
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(folder, file).Split('/', '\\').Any(part => part is "bin" or "obj"))
            .ToDictionary(file => Path.GetRelativePath(folder, file).Replace('\\', '/'), File.ReadAllText);

        Assert.DoesNotContain(files.Values, text => Regex.IsMatch(text, "#(if|endif)", RegexOptions.ExplicitCapture));
        var mentioned = ((string[])["Streamx.Hosting.RabbitMQ", "Streamx.Hosting.Sqlite"])
            .Where(transport => files.Any(file => file.Value.Contains(transport.Split('.')[^1], StringComparison.OrdinalIgnoreCase)));
        Assert.Equal(transports, mentioned);
        var listed = files.Keys.Where(file => file.StartsWith("k8s/", StringComparison.Ordinal))
            .Select(file => file["k8s/".Length..]).Order();
        Assert.Equal(listed, [.. Resources(files["k8s/kustomization.yaml"]).Append("kustomization.yaml").Order()]);
    }

    /// <summary>The files that a kustomization names.</summary>
    private static IEnumerable<string> Resources(string kustomization) =>
        Regex.Matches(kustomization, @"^  - (path: )?(?<file>\S+\.yaml)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)
            .Select(match => match.Groups["file"].Value);

    /// <summary>Creates a worker in a folder of its own.</summary>
    private async Task<string> CreateAsync(string place, params string[] options)
    {
        var folder = Path.Combine(packages.Outside, place, Name);
        // A hive of its own: nothing is left on the machine.
        var hive = Path.Combine(packages.Outside, place, "hive");
        await Tool.DotnetAsync(packages.Outside, "new", "install", Path.Combine(packages.Feed, $"{Package}.{PackedPackages.Version}.nupkg"), "--debug:custom-hive", hive);
        await Tool.DotnetAsync(packages.Outside, ["new", "streamx-worker", "-o", folder, "--debug:custom-hive", hive, .. options]);
        return folder;
    }

    private static Dictionary<string, string> Versions(string props) =>
        XDocument.Parse(props).Descendants("PackageVersion").ToDictionary(version => version.Attribute("Include")!.Value, version => version.Attribute("Version")!.Value);
}
