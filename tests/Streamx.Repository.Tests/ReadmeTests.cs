using System.Text.RegularExpressions;

namespace Streamx.Repository.Tests;

/// <summary>
/// Code in a README, and in <c>docs</c>, is code that compiles: each block stands, word for word, in a region of a source file here, or in
/// a file of a sample.
/// </summary>
/// <remarks>Regions of one name in one file make up one block, with blank lines between them.</remarks>
public partial class ReadmeTests
{
    public static TheoryData<string> Readmes =>
        [.. Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/bin/", StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/node_modules/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Readmes))]
    public void CodeBlocks_AreCompiledSnippets(string readme)
    {
        var snippets = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests/Streamx.Repository.Tests/Snippets"), "*.cs")
            .SelectMany(file => Regions().Matches(File.ReadAllText(file).ReplaceLineEndings("\n")).GroupBy(match => match.Groups["name"].Value))
            .Select(regions => string.Join("\n\n", regions.Select(match => Normalise(match.Groups["code"].Value))))
            .ToHashSet();

        var blocks = CodeBlocks().Matches(Repository.Read(readme).ReplaceLineEndings("\n")).Select(match => Normalise(match.Groups["code"].Value));

        Assert.All(blocks, block => Assert.True(
            snippets.Contains(block) || Samples.Exists(sample => sample.Contains(WithoutIndentation(block), StringComparison.Ordinal)),
            $"No snippet and no sample has this code of {readme}:\n{block}"));
    }

    [Fact]
    public void RootReadme_ShowsTheMinimalWorker()
    {
        var program = CodeBlocks().Match(Repository.Read("README.md").ReplaceLineEndings("\n")).Groups["code"].Value;

        Assert.Equal(Repository.Read("samples/MinimalWorker/Program.cs").ReplaceLineEndings("\n"), program + "\n");
    }

    [Theory]
    [MemberData(nameof(Readmes))]
    public void RelativeLinks_Resolve(string readme)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, readme))!;

        var links = Links().Matches(Repository.Read(readme)).Select(match => match.Groups["target"].Value).Where(target => !target.Contains("://", StringComparison.Ordinal));

        Assert.All(links, link =>
        {
            var (path, heading) = link.Split('#') is [var file, var name] ? (Path.Combine(folder, file), name) : (Path.Combine(folder, link), null);
            Assert.True(Path.Exists(path), $"{readme} links to {link}, which does not exist.");
            if (heading is not null) Assert.True(Anchors(File.ReadAllText(path)).Contains(heading), $"{readme} links to {link}, which has no such heading.");
        });
    }

    [Theory]
    [MemberData(nameof(Readmes))]
    public void LinksByReference_AreThoseDefined(string readme)
    {
        var page = Repository.Read(readme).ReplaceLineEndings("\n");

        var used = References().Matches(page).Select(match => match.Groups["name"].Value).Distinct().Order();

        Assert.Equal(Definitions().Matches(page).Select(match => match.Groups["name"].Value).Order(), used);
    }

    /// <summary>The files of the samples, without indentation.</summary>
    private static List<string> Samples { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal))
            .Select(path => WithoutIndentation(File.ReadAllText(path)))];

    /// <summary>What headings can be linked to as: letters and digits in lower case, and hyphens for spaces.</summary>
    private static IEnumerable<string> Anchors(string page) =>
        Headings().Matches(page.ReplaceLineEndings("\n")).Select(match => string.Concat(match.Groups["text"].Value.ToLowerInvariant()
            .Where(character => char.IsLetterOrDigit(character) || character is ' ' or '-' or '_').Select(character => character == ' ' ? '-' : character)));

    /// <summary>Without the indentation all lines share, and without blank lines around.</summary>
    private static string Normalise(string code)
    {
        var lines = code.Trim('\n').Split('\n').Select(line => line.TrimEnd()).ToList();
        var indentation = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length == 0 ? line : line[indentation..]));
    }

    private static string WithoutIndentation(string code) =>
        string.Join('\n', code.ReplaceLineEndings("\n").Split('\n').Select(line => line.Trim()));

    [GeneratedRegex(@"\]\[(?<name>[\w-]+)\]")]
    private static partial Regex References();

    [GeneratedRegex(@"^\[(?<name>[\w-]+)\]: https://\S+$", RegexOptions.Multiline)]
    private static partial Regex Definitions();

    [GeneratedRegex(@"^#+ (?<text>[^\n]*)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"```csharp\n(?<code>.*?)\n[ ]*```", RegexOptions.Singleline)]
    private static partial Regex CodeBlocks();

    [GeneratedRegex(@"#region (?<name>[^\n]*)\n(?<code>.*?)\n[ ]*#endregion", RegexOptions.Singleline)]
    private static partial Regex Regions();

    [GeneratedRegex("""(\]\(|src=")(?<target>[^)#\s"][^)\s"]*)[)"]""")]
    private static partial Regex Links();
}
