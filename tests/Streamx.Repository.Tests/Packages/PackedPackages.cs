using System.IO.Compression;
using System.Xml.Linq;

namespace Streamx.Repository.Tests.Packages;

/// <summary>Every library, packed as it is shipped into a folder outside of the repository, which is gone afterwards.</summary>
public sealed class PackedPackages : IAsyncLifetime
{
    /// <summary>A suffix that no other package has, so that these are the ones that are restored.</summary>
    private const string Suffix = "packed.1";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("streamx-packages-");

    /// <summary>The names of the libraries.</summary>
    public static IEnumerable<string> Names =>
        Repository.Projects.Where(path => path.StartsWith("src/", StringComparison.Ordinal)).Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(name => !name.EndsWith(".Templates", StringComparison.Ordinal));

    /// <summary>The version that all of them have, from its one place.</summary>
    public static string Version { get; } =
        $"{XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("VersionPrefix").Single().Value}-{Suffix}";

    /// <summary>Where they say that the repository is.</summary>
    public const string RepositoryAddress = "https://example.org/streamx/hosting";

    /// <summary>Where the packages are.</summary>
    public string Feed => Path.Combine(_folder.FullName, "feed");

    /// <summary>A folder for projects that use them: nothing of the repository counts there.</summary>
    public string Outside => _folder.CreateSubdirectory("outside").FullName;

    public async ValueTask InitializeAsync()
    {
        await Traversal.WriteAsync(
            Path.Combine(_folder.FullName, "pack.proj"),
            Repository.Projects.Where(path => path.StartsWith("src/", StringComparison.Ordinal)).Select(path => Path.Combine(Repository.Root, path)));
        await Tool.DotnetAsync(
            _folder.FullName,
            "pack", "pack.proj", "-c", "Release", "-v", "quiet", "-nologo",
            "--artifacts-path", Path.Combine(_folder.FullName, "artifacts"),
            "-p:PackageOutputPath=" + Feed, "-p:VersionSuffix=" + Suffix, $"-p:RepositoryUrl={RepositoryAddress}.git", "-p:ContinuousIntegrationBuild=true", "-p:UseSharedCompilation=false");
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return default;
    }

    /// <summary>A package, opened.</summary>
    public ZipArchive Open(string name, string extension = "nupkg") => ZipFile.OpenRead(Path.Combine(Feed, $"{name}.{Version}.{extension}"));

    /// <summary>A text file of a package.</summary>
    public string Read(string name, string entry)
    {
        using var package = Open(name);
        using var reader = new StreamReader(package.GetEntry(entry)!.Open());
        return reader.ReadToEnd();
    }
}
