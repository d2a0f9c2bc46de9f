using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Streamx.Repository.Tests;

/// <summary>What runs at the repository's host calls what runs here.</summary>
public partial class AutomationTests
{
    public static TheoryData<string> Workflows => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, ".github", "workflows")).Select(path => Path.GetFileName(path)).Order()];

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Workflow_CallsScriptsThatExist(string workflow)
    {
        var scripts = Scripts().Matches(Repository.Read($".github/workflows/{workflow}")).Select(match => match.Groups["script"].Value).ToList();

        Assert.Contains(".ci/run", scripts);
        Assert.All(scripts, script => Assert.True(File.Exists(Path.Combine(Repository.Root, script)), script));
    }

    /// <summary>No lock file of Node packages is left behind when the others are kept current.</summary>
    [Fact]
    public void Dependabot_WatchesEveryLockFile()
    {
        var watched = NodeFolders().Matches(Repository.Read(".github/dependabot.yml")).Select(match => match.Groups["folder"].Value).Order();

        var locks = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "package-lock.json", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(file)!))
            .Where(folder => !folder.Contains("node_modules", StringComparison.Ordinal) && !folder.Contains("/bin/", StringComparison.Ordinal));
        Assert.Equal(locks.Order(), watched);
    }

    /// <summary>A release publishes the version of the build, which users look up in the changelog.</summary>
    [Fact]
    public void Changelog_LastVersion_IsThatOfTheBuild()
    {
        var version = XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("VersionPrefix").Single().Value;

        Assert.Equal(version, Versions().Match(Repository.Read("CHANGELOG.md")).Groups["version"].Value);
    }

    [GeneratedRegex(@"^## (?<version>\d\S*) - \d{4}-\d\d-\d\d$", RegexOptions.Multiline)]
    private static partial Regex Versions();

    [GeneratedRegex(@"run: bash (?<script>\S+)")]
    private static partial Regex Scripts();

    [GeneratedRegex("- /(?<folder>tests/.+)")]
    private static partial Regex NodeFolders();
}
