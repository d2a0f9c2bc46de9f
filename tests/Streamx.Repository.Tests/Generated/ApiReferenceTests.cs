using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Streamx.Repository.Tests.Packages;

namespace Streamx.Repository.Tests.Generated;

/// <summary>The API reference can be built from the doc comments, is complete, and leads nowhere that is not there.</summary>
[Trait("Length", "long")]
public sealed partial class ApiReferenceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("streamx-reference-");

    [Fact]
    public async Task Reference_IsBuilt_WithAPageForEachPublicType_AndWithoutABrokenLink()
    {
        Prepare();
        await Tool.DotnetAsync(Repository.Root, "tool", "restore");

        await Tool.DotnetAsync(Repository.Root, "docfx", Path.Combine(_folder.FullName, "docfx.json"), "--warningsAsErrors");

        var site = Path.Combine(_folder.FullName, "site");
        var pages = Directory.EnumerateFiles(site, "*.html", SearchOption.AllDirectories).ToList();
        Assert.All(PublicTypes(), type => Assert.True(File.Exists(Path.Combine(site, "api", PageOf(type))), $"{type} has no page."));
        Assert.Empty(pages.SelectMany(BrokenLinks));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Copies what the reference is made from, so that it is read from the assemblies beside this one: they are this build's.</summary>
    private void Prepare()
    {
        var source = Path.Combine(Repository.Root, "docs", "reference");
        foreach (var file in (string[])["index.md", "toc.yml"]) File.Copy(Path.Combine(source, file), Path.Combine(_folder.FullName, file));
        var settings = File.ReadAllText(Path.Combine(source, "docfx.json"))
            .Replace("\"../../src\"", $"\"{AppContext.BaseDirectory}\"", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder.FullName, "docfx.json"), Folders().Replace(settings, ""));
    }

    private static IEnumerable<Type> PublicTypes() => PublicApiTests.Packages.SelectMany(package => Assembly.Load(package.Data).GetExportedTypes());

    private static string PageOf(Type type) => $"{type.FullName!.Replace('`', '-').Replace('+', '.')}.html";

    private static IEnumerable<string> BrokenLinks(string page) =>
        from link in Links().Matches(File.ReadAllText(page))
        let target = WebUtility.UrlDecode(link.Groups["target"].Value)
        where !target.Contains(':', StringComparison.Ordinal)
        where !Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, target))
        select $"{Path.GetFileName(page)}: {target}";

    /// <summary>The folders of an assembly, from the sources on.</summary>
    [GeneratedRegex("""(?<=")[\w.]+/bin/Release/net10\.0/""")]
    private static partial Regex Folders();

    [GeneratedRegex("""(?:href|src)="(?<target>[^"#]+)""")]
    private static partial Regex Links();
}
