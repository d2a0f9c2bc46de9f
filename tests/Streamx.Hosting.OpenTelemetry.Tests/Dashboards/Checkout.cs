using System.Runtime.CompilerServices;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards;

/// <summary>Where things are in the checkout these tests were built from.</summary>
internal static class Checkout
{
    /// <summary>The folder of these tests, with their Node packages.</summary>
    public static string Tests { get; } = FindFolder();

    /// <summary>The path of a dashboard.</summary>
    public static string Dashboard(string file) => Path.GetFullPath(Path.Combine(Tests, "../../../src/Streamx.Hosting.OpenTelemetry/Grafana", file));

    /// <summary>The rules.</summary>
    public static string Rules { get; } = Path.GetFullPath(Path.Combine(Tests, "../../../src/Streamx.Hosting.OpenTelemetry/Prometheus/streamx.rules.yml"));

    /// <summary>The cases of the alerts.</summary>
    public static string RuleCases { get; } = Path.Combine(Tests, "streamx.rules.test.yml");

    /// <summary>The path of a script of <c>tools</c>.</summary>
    public static string Tool(string name) => Path.Combine(Tests, "tools", name);

    private static string FindFolder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;
}
