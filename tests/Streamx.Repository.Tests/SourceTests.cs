namespace Streamx.Repository.Tests;

/// <summary>The measures of sources that no analyzer checks.</summary>
public class SourceTests
{
    /// <summary>As <c>.editorconfig</c> has it.</summary>
    private const int LastColumn = 140;

    /// <summary>A longer file is several, or has parts.</summary>
    private const int MostLines = 250;

    [Fact]
    public void Lines_EndAtTheLastColumn() => Assert.Empty(
        from file in Files
        from line in File.ReadLines(file).Index()
        where line.Item.Length > LastColumn
        select $"{Path.GetRelativePath(Repository.Root, file)}:{line.Index + 1}");

    [Fact]
    public void Files_AreShort() => Assert.Empty(
        from file in Files
        let lines = File.ReadLines(file).Count()
        where lines > MostLines
        select $"{Path.GetRelativePath(Repository.Root, file)}: {lines}");

    private static IEnumerable<string> Files =>
        from folder in (string[])["src", "samples"]
        from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
        where !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)
        select file;
}
