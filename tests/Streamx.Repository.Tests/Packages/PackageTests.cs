using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Streamx.Repository.Tests.Packages;

/// <summary>What is shipped: what packages contain and say, and that programs outside of the repository run with them.</summary>
[Collection(nameof(PackedPackagesCollection))]
[Trait("Length", "long")]
public partial class PackageTests(PackedPackages packages)
{
    private static readonly Guid s_embeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    public static TheoryData<string> Names => [.. PackedPackages.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Package_HasWhatItsUsersNeed(string name)
    {
        using var package = packages.Open(name);
        using var symbols = packages.Open(name, "snupkg");

        Assert.Subset(
            package.Entries.Select(entry => entry.FullName).ToHashSet(),
            new HashSet<string> { "README.md", "LICENSE", "icon.png", $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml" });
        Assert.Contains(symbols.Entries, entry => entry.FullName == $"lib/net10.0/{name}.pdb");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Package_SaysWhatItIs(string name)
    {
        var metadata = XDocument.Parse(packages.Read(name, $"{name}.nuspec")).Root!.Elements().Single();
        string? Get(string element) => metadata.Elements().SingleOrDefault(candidate => candidate.Name.LocalName == element)?.Value;
        var dependencies = metadata.Descendants().Where(element => element.Name.LocalName == "dependency").ToList();

        Assert.Equal((name, PackedPackages.Version), (Get("id"), Get("version")));
        Assert.Equal(("MIT", "icon.png", "README.md"), (Get("license"), Get("icon"), Get("readme")));
        Assert.Equal("Streamx.Hosting contributors", Get("authors"));
        Assert.NotEqual("Package Description", Get("description"));
        Assert.All(
            dependencies.Where(dependency => dependency.Attribute("id")!.Value.StartsWith("Streamx", StringComparison.Ordinal)),
            dependency => Assert.Equal(
                SeesInternals(name, dependency.Attribute("id")!.Value) ? $"[{PackedPackages.Version}]" : PackedPackages.Version,
                dependency.Attribute("version")!.Value));
    }

    /// <summary>A package page has no folders beside it.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    [InlineData("Streamx.Hosting.Templates")]
    public void Readme_LinksLeadToFilesOfTheRepository(string name)
    {
        var source = Links().Matches(Repository.Read($"src/{name}/README.md")).Select(link => link.Groups["target"].Value).ToList();
        var links = Links().Matches(packages.Read(name, "README.md")).Select(link => link.Groups["target"].Value).ToList();

        Assert.Equal(source.Count, links.Count);
        Assert.All(source.Zip(links), pair =>
        {
            if (pair.First.StartsWith('#') || pair.First.StartsWith("https:", StringComparison.Ordinal))
            {
                Assert.Equal(pair.First, pair.Second);
                return;
            }

            var kind = pair.First.EndsWith(".png", StringComparison.Ordinal) ? "raw" : "blob";
            var tag = $"{PackedPackages.RepositoryAddress}/{kind}/v{PackedPackages.Version}/";
            Assert.StartsWith(tag, pair.Second, StringComparison.Ordinal);
            Assert.Equal(Path.GetFullPath(pair.First, Path.Combine(Repository.Root, "src", name)), Path.Combine(Repository.Root, pair.Second[tag.Length..]));
        });
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Links();

    /// <summary>Whether a package uses internals of another: then it works with exactly its version.</summary>
    private static bool SeesInternals(string name, string other) =>
        XDocument.Parse(Repository.Read($"src/{other}/{other}.csproj")).Descendants("InternalsVisibleTo").Any(friend => friend.Attribute("Include")!.Value == name);

    [Theory]
    [MemberData(nameof(Names))]
    public void Symbols_BringTheirSource_AndNoPathOfTheRepository(string name)
    {
        using var symbols = packages.Open(name, "snupkg");
        using var file = new MemoryStream();
        using (var entry = symbols.GetEntry($"lib/net10.0/{name}.pdb")!.Open()) entry.CopyTo(file);
        file.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(file);
        var reader = provider.GetMetadataReader();

        Assert.Contains(reader.Documents, document => reader.GetString(reader.GetDocument(document).Name).StartsWith($"/_/src/{name}/", StringComparison.Ordinal));
        Assert.All(reader.Documents, document =>
        {
            Assert.DoesNotContain(Repository.Root, reader.GetString(reader.GetDocument(document).Name), StringComparison.Ordinal);
            Assert.Contains(reader.GetCustomDebugInformation(document), information => reader.GetGuid(reader.GetCustomDebugInformation(information).Kind) == s_embeddedSource);
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Assembly_IsBuiltDeterministically(string name)
    {
        using var package = packages.Open(name);
        using var file = new MemoryStream();
        using (var entry = package.GetEntry($"lib/net10.0/{name}.dll")!.Open()) entry.CopyTo(file);
        file.Position = 0;
        using var reader = new PEReader(file);

        Assert.Contains(reader.ReadDebugDirectory(), entry => entry.Type == DebugDirectoryEntryType.Reproducible);
    }

    [Fact]
    public async Task Programs_OfTheReadmes_RunFromPackagesAlone()
    {
        HelloProject[] projects =
        [
            new("Streamx", packages.Read("Streamx", "README.md"), Prints: "100 printed, 100 counted"),
            new("Streamx.Hosting", Repository.Read("README.md"), Prints: "Order { Number = 10, Amount = 99.90 }"),
            new("Streamx.Hosting.OpenTelemetry", packages.Read("Streamx.Hosting.OpenTelemetry", "README.md"), Prints: "2 providers", "OpenTelemetry.Exporter.OpenTelemetryProtocol"),
            new("Streamx.Hosting.Sqlite", packages.Read("Streamx.Hosting.Sqlite", "README.md"), Prints: "3 handled"),
            new("Streamx.Hosting.Testing", packages.Read("Streamx.Hosting.Testing", "README.md"), Prints: "2 finished, Drained"),
        ];
        HelloProject remote = new("Streamx.Hosting.RabbitMQ", packages.Read("Streamx.Hosting.RabbitMQ", "README.md"), Prints: "Trying again");
        HelloProject[] all = [.. projects, remote];
        foreach (var project in all) await project.WriteAsync(packages);
        var traversal = Path.Combine(packages.Outside, "all.proj");
        await Traversal.WriteAsync(traversal, all.Select(project => project.PathIn(packages)));

        await Tool.DotnetAsync(packages.Outside, "build", traversal, "-v", "quiet", "-nologo", "-p:UseSharedCompilation=false");

        foreach (var project in projects)
            Assert.Contains(project.Prints, await Tool.DotnetAsync(packages.Outside, project.ProgramIn(packages)), StringComparison.Ordinal);

        // It goes to other processes: without a broker it says so and waits, and it can be stopped while it does.
        foreach (var role in new[] { "producer", "consumer" })
        {
            var printed = await Tool.DotnetUntilAsync(packages.Outside, until: remote.Prints, remote.ProgramIn(packages), role, "--Streamx:orders:RabbitMq:Uri=amqp://127.0.0.1:1");
            Assert.Contains(remote.Prints, printed, StringComparison.Ordinal);
        }
    }
}
