using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Streamx.Repository.Tests;

/// <summary>What <c>docs</c> is made of, and that CONTRIBUTING speaks of what there is.</summary>
public partial class DocumentationTests
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

    /// <summary>What is renamed in the code is renamed there.</summary>
    [Fact]
    public void Contributing_NamesWhatThereIs()
    {
        var sources = new[] { "src", "tests", "samples" }.SelectMany(top => Directory.EnumerateFiles(Path.Combine(Repository.Root, top), "*", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(path => !Generated().IsMatch(path)).ToList();
        var known = sources.Where(path => path.EndsWith(".cs", StringComparison.Ordinal)).SelectMany(path => Words().Matches(Repository.Read(path)).Select(word => word.Value))
            .Concat(sources.SelectMany(path => path.Split('/')))
            .Concat(Words().Matches(Repository.Read("Directory.Build.props") + Repository.Read("src/Streamx/Streamx.csproj")).Select(word => word.Value))
            .ToHashSet();

        var names = CodeNames().Matches(Repository.Read("CONTRIBUTING.md")).Select(match => match.Groups["name"].Value).Distinct().ToList();

        Assert.Contains("FailurePolicy.SettleAsync", names);
        Assert.All(names, name => Assert.True(known.Contains(name) || name.Split('.').All(known.Contains), $"CONTRIBUTING speaks of {name}, which is nowhere."));
    }

    [GeneratedRegex("/(bin|obj|node_modules)/")]
    private static partial Regex Generated();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Words();

    /// <summary>Names in code quotes as types, members and files here have them.</summary>
    [GeneratedRegex(@"`(?<name>[A-Z][a-z]\w*(\.\w+)*)`")]
    private static partial Regex CodeNames();

    private static IEnumerable<string> Names(string pattern) =>
        Directory.EnumerateFiles(Folder, pattern, SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder, file).Replace('\\', '/'));
}
