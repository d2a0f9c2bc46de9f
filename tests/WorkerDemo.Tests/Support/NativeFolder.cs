namespace WorkerDemo.Tests.Support;

/// <summary>Where the sample is compiled ahead of time: beside the build of these tests, apart from its ordinary build, so that neither undoes the other.</summary>
internal static class NativeFolder
{
    /// <summary>The folder.</summary>
    internal static string Root { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "native"));

    /// <summary>What is built on the way.</summary>
    internal static string Build { get; } = Path.Combine(Root, "build");

    /// <summary>The program, with what it comes with.</summary>
    internal static string Program { get; } = Path.Combine(Root, "program", OperatingSystem.IsWindows() ? "WorkerDemo.exe" : "WorkerDemo");
}
