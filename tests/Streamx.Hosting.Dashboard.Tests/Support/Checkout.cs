using System.Runtime.CompilerServices;

namespace Streamx.Hosting.Dashboard.Tests.Support;

/// <summary>Where things are in the checkout these tests were built from.</summary>
internal static class Checkout
{
    /// <summary>The files of the page.</summary>
    public static string Page { get; } = Path.GetFullPath(Path.Combine(Folder(), "../../../src/Streamx.Hosting.Dashboard/Page"));

    /// <summary>A file of a Node package that the browser tests use.</summary>
    public static string NodeFile(string path)
    {
        var folder = Path.GetFullPath(Path.Combine(Folder(), "../Browser"));
        var file = Path.Combine(folder, "node_modules", path);
        Assert.True(File.Exists(file), $"This test needs 'npm ci' in {folder}. tests/run.sh does it.");
        return file;
    }

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;
}
