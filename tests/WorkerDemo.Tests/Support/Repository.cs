using System.Runtime.CompilerServices;

namespace WorkerDemo.Tests.Support;

/// <summary>The checkout these tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder of the sample.</summary>
    internal static string Sample { get; } = Path.Combine(FindRoot(), "samples", "WorkerDemo");

    private static string FindRoot([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", ".."));
}
