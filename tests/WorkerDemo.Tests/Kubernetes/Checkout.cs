using System.Runtime.CompilerServices;

namespace WorkerDemo.Tests.Kubernetes;

/// <summary>The checkout these tests were built from.</summary>
internal static class Checkout
{
    /// <summary>Its top folder.</summary>
    internal static string Root { get; } = Path.GetFullPath(Path.Combine(ThisFolder(), "..", "..", ".."));

    /// <summary>The folder of the schemas.</summary>
    internal static string Schemas { get; } = ThisFolder();

    /// <summary>The folder of the sample.</summary>
    internal static string Sample { get; } = Path.Combine(Root, "samples", "WorkerDemo");

    /// <summary>The folder of what every overlay has in common.</summary>
    internal static string Base { get; } = Path.Combine(Sample, "k8s", "base");

    /// <summary>The folder of an overlay.</summary>
    internal static string Overlay(string name) => Path.Combine(Sample, "k8s", "overlays", name);

    private static string ThisFolder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;
}
