using System.Xml.Linq;

namespace Streamx.Repository.Tests;

/// <summary>References point inward only: the core knows nobody, and nobody knows a package further out.</summary>
public class ReferenceTests
{
    /// <summary>What each package may refer to. A new package has to be entered here.</summary>
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Streamx"] = [],
        ["Streamx.Hosting"] = ["Streamx"],
        ["Streamx.Hosting.OpenTelemetry"] = ["Streamx.Hosting"],
        ["Streamx.Hosting.RabbitMQ"] = ["Streamx.Hosting"],
        ["Streamx.Hosting.Sqlite"] = ["Streamx.Hosting"],
        ["Streamx.Hosting.Dashboard"] = ["Streamx.Hosting"],
        ["Streamx.Hosting.Testing"] = ["Streamx.Hosting"],
        ["Streamx.Hosting.Templates"] = [],
    };

    public static TheoryData<string> Packages => [.. Repository.Projects.Where(path => path.StartsWith("src/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Packages))]
    public void Package_RefersOnlyInward(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);

        var references = References(project, "ProjectReference").Select(Path.GetFileNameWithoutExtension);

        Assert.True(s_allowed.ContainsKey(name), $"{name} has no entry in the table of allowed references.");
        Assert.Subset(s_allowed[name].ToHashSet(), references.ToHashSet()!);
    }

    /// <summary>What tests of several packages share must not bring one package's tests into contact with another package.</summary>
    [Fact]
    public void TestUtilities_ReferToHostingAlone()
    {
        Assert.Equal(["../../src/Streamx.Hosting/Streamx.Hosting.csproj"], References("tests/Streamx.TestUtilities/Streamx.TestUtilities.csproj", "ProjectReference"));
    }

    [Fact]
    public void Core_RefersToNoPackage()
    {
        Assert.Empty(References("src/Streamx/Streamx.csproj", "PackageReference"));
    }

    [Fact]
    public void Core_Assembly_RefersOnlyToTheBaseClassLibrary()
    {
        var references = typeof(AsyncStream<>).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!);

        Assert.All(references, name => Assert.StartsWith("System.", name, StringComparison.Ordinal));
    }

    [Fact]
    public void Hosting_Assembly_RefersOnlyToTheCoreExtensionsAndPolly()
    {
        var references = typeof(Hosting.IProducer<>).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!);

        Assert.All(references, name => Assert.Matches(@"^(System\.|Microsoft\.Extensions\.|Polly\.Core$|Streamx$)", name));
    }

    /// <summary>A page needs a web server, and that is a shared framework: what is a worker without one must not be made to load it.</summary>
    [Fact]
    public void Packages_ButThePage_NeedNoWebServer()
    {
        var needing = Repository.Projects.Where(path => path.StartsWith("src/", StringComparison.Ordinal) && References(path, "FrameworkReference").Any());

        Assert.Equal(["src/Streamx.Hosting.Dashboard/Streamx.Hosting.Dashboard.csproj"], needing);
        Assert.Equal(["Microsoft.AspNetCore.App"], References(needing.Single(), "FrameworkReference"));
        Assert.Empty(References(needing.Single(), "PackageReference"));
    }

    [Fact]
    public void Libraries_AreAotCompatible()
    {
        var libraries = Repository.Projects.Where(path => path.StartsWith("src/", StringComparison.Ordinal) && !path.EndsWith(".Templates.csproj", StringComparison.Ordinal));

        // Warnings are errors, so building them is the check; this sees to it that it takes place.
        Assert.All(libraries, library => Assert.Equal(["true"], Load(library).Descendants("IsAotCompatible").Select(property => property.Value)));
    }

    [Fact]
    public void Projects_LeaveVersionsToTheCentralFile()
    {
        Assert.All(Repository.Projects, project => Assert.DoesNotContain(
            Load(project).Descendants("PackageReference"), reference => reference.Attribute("Version") is not null));
    }

    [Fact]
    public void Solution_HasEveryProject()
    {
        var solution = Repository.Read("Streamx.Hosting.sln").Replace('\\', '/');

        Assert.All(Repository.Projects, project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
    }

    private static IEnumerable<string> References(string project, string kind) =>
        Load(project).Descendants(kind).Select(reference => reference.Attribute("Include")!.Value.Replace('\\', '/'));

    private static XDocument Load(string project) => XDocument.Parse(Repository.Read(project));
}
