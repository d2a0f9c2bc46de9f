using System.Runtime.CompilerServices;

namespace Streamx.Hosting.Sqlite.Tests.Support;

/// <summary>The package's README, in the checkout that the tests were built from.</summary>
internal static class Readme
{
    public static string Path { get; } = Find();

    private static string Find([CallerFilePath] string here = "") =>
        System.IO.Path.GetFullPath("../../../src/Streamx.Hosting.Sqlite/README.md", System.IO.Path.GetDirectoryName(here)!);
}
