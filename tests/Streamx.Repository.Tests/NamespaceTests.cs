using System.Text.RegularExpressions;

namespace Streamx.Repository.Tests;

/// <summary>Where a type is found: internal ones in the namespace of their folder, public ones in that of their package.</summary>
public partial class NamespaceTests
{
    private const string Package = "src/Streamx.Hosting";

    [Fact]
    public void Types_AreInTheNamespaceOfTheirFolder_PublicOnesInThatOfTheirPackage()
    {
        var folder = new DirectoryInfo(Path.Combine(Repository.Root, Package));
        var wrong =
            from file in folder.EnumerateFiles("*.cs", SearchOption.AllDirectories)
            let parts = Path.GetRelativePath(folder.FullName, file.DirectoryName!).Split(Path.DirectorySeparatorChar)
            where parts[0] is not ("bin" or "obj" or ".")
            let code = File.ReadAllText(file.FullName)
            let expected = IsPublic().IsMatch(code) ? "Streamx.Hosting" : $"Streamx.Hosting.{string.Join('.', parts)}"
            where !code.Contains($"\nnamespace {expected};", StringComparison.Ordinal) && !code.StartsWith($"namespace {expected};", StringComparison.Ordinal)
            select $"{Path.GetRelativePath(folder.FullName, file.FullName)}: {expected}";

        Assert.Empty(wrong);
    }

    [GeneratedRegex(@"^public ", RegexOptions.Multiline)]
    private static partial Regex IsPublic();
}
