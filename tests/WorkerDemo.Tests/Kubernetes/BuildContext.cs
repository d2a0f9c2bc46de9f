using System.Text.RegularExpressions;

namespace WorkerDemo.Tests.Kubernetes;

/// <summary>Which files of the checkout the Dockerfile gets to see.</summary>
/// <remarks>In <c>Dockerfile.dockerignore</c> the last pattern that matches a path, or a folder above it, decides.</remarks>
internal sealed class BuildContext
{
    private readonly IReadOnlyList<(Regex Pattern, bool IsIgnored)> _rules =
    [
        .. from line in File.ReadAllLines(Path.Combine(Checkout.Sample, "Dockerfile.dockerignore"))
        where line.Length > 0 && line[0] != '#'
        select (ToRegex(line.TrimStart('!')), line[0] != '!'),
    ];

    /// <summary>Whether a path, relative to the root, is in it.</summary>
    internal bool Has(string path) => !_rules.LastOrDefault(rule => rule.Pattern.IsMatch(path)).IsIgnored;

    private static Regex ToRegex(string pattern)
    {
        var escaped = Regex.Escape(pattern)
            .Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal)
            .Replace(@"\*", "[^/]*", StringComparison.Ordinal);
        return new Regex($"^{escaped}(/.*)?$", RegexOptions.ExplicitCapture);
    }
}
