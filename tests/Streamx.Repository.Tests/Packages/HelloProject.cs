using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Streamx.Repository.Tests.Packages;

/// <summary>A project of a user's: the program of a README, with a package and nothing of the repository.</summary>
/// <param name="Package">The package, and the name of the frame in <c>Hello</c> that the README's code goes into: its first block where it says {1}, and so on.</param>
/// <param name="Readme">The README.</param>
/// <param name="Prints">What the program prints, among other things.</param>
/// <param name="Others">The other packages that the README names.</param>
internal sealed partial record HelloProject(string Package, string Readme, string Prints, params string[] Others)
{
    /// <summary>Where it is.</summary>
    public string PathIn(PackedPackages packages) => Path.Combine(packages.Outside, Package, "Hello.csproj");

    /// <summary>Its program, once it has been built.</summary>
    public string ProgramIn(PackedPackages packages) => Path.Combine(packages.Outside, Package, "bin", "Debug", "net10.0", "Hello.dll");

    /// <summary>Writes it.</summary>
    public async Task WriteAsync(PackedPackages packages)
    {
        var blocks = CodeBlocks().Matches(Readme.ReplaceLineEndings("\n")).Select(match => match.Groups["code"].Value).ToList();
        var code = Places().Replace(Repository.Read($"tests/Streamx.Repository.Tests/Packages/Hello/{Package}.txt"), place => blocks[int.Parse(place.Groups["number"].Value, provider: null) - 1]);
        Directory.CreateDirectory(Path.GetDirectoryName(PathIn(packages))!);
        await File.WriteAllTextAsync(Path.Combine(packages.Outside, Package, "Program.cs"), code);
        await File.WriteAllTextAsync(PathIn(packages), ProjectFile(packages).ToString());
    }

    private XElement ProjectFile(PackedPackages packages) => new(
        "Project",
        new XAttribute("Sdk", "Microsoft.NET.Sdk"),
        new XElement(
            "PropertyGroup",
            new XElement("OutputType", "Exe"),
            new XElement("TargetFramework", "net10.0"),
            new XElement("ImplicitUsings", "enable"),
            new XElement("Nullable", "enable"),
            new XElement("RestoreAdditionalProjectSources", packages.Feed),
            // Ours go into a folder that is gone afterwards; the others are there from the build of the repository.
            new XElement("RestorePackagesPath", Path.Combine(packages.Outside, "packages")),
            new XElement("RestoreFallbackFolders", GlobalPackages)),
        new XElement(
            "ItemGroup",
            Reference(Package, PackedPackages.Version),
            Others.Select(other => Reference(other, CentralVersion(other)))));

    /// <summary>Where packages of the machine are.</summary>
    public static string GlobalPackages =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static XElement Reference(string package, string version) => new("PackageReference", new XAttribute("Include", package), new XAttribute("Version", version));

    private static string CentralVersion(string package) =>
        XDocument.Parse(Repository.Read("Directory.Packages.props")).Descendants("PackageVersion").Single(version => version.Attribute("Include")!.Value == package).Attribute("Version")!.Value;

    [GeneratedRegex(@"```csharp\n(?<code>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex CodeBlocks();

    [GeneratedRegex(@"^\{(?<number>\d)\}$", RegexOptions.Multiline)]
    private static partial Regex Places();
}
