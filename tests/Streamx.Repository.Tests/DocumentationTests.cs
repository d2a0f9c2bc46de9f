using System.Xml.Linq;

namespace Streamx.Repository.Tests;

/// <summary>What <c>docs</c> is made of.</summary>
public class DocumentationTests
{
    private static string Folder { get; } = Path.Combine(Repository.Root, "docs");

    public static TheoryData<string> Pages => [.. Names("*.md").Where(name => name != "README.md")];

    public static TheoryData<string> Pictures => [.. Names("*.svg")];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_StandsInTheIndex(string page)
    {
        Assert.Contains($"]({page})", Repository.Read("docs/README.md"), StringComparison.Ordinal);
    }

    /// <summary>A picture says for those who cannot see it what it shows, and a page shows it.</summary>
    [Theory]
    [MemberData(nameof(Pictures))]
    public void Picture_IsDescribedAndShown(string picture)
    {
        var svg = XDocument.Parse(Repository.Read($"docs/{picture}")).Root!;

        Assert.All(new[] { "title", "desc" }, name => Assert.NotEmpty(svg.Element(svg.Name.Namespace + name)!.Value));
        Assert.Contains(Names("*.md"), page => Repository.Read($"docs/{page}").Contains($"]({picture})", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Names(string pattern) =>
        Directory.EnumerateFiles(Folder, pattern, SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder, file).Replace('\\', '/'));
}
