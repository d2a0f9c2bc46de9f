using YamlDotNet.Serialization;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Prometheus;

/// <summary>A rule: an alert or a recording rule.</summary>
internal sealed class Rule
{
    /// <summary>The alert's name; null for a recording rule.</summary>
    public string? Alert { get; init; }

    /// <summary>The name of the series it records; null for an alert.</summary>
    public string? Record { get; init; }

    /// <summary>Its query.</summary>
    public required string Expr { get; init; }

    /// <summary>How long the query must yield something before the alert fires.</summary>
    public string? For { get; init; }

    /// <summary>Labels it adds.</summary>
    public Dictionary<string, string> Labels { get; init; } = [];

    /// <summary>What it says.</summary>
    public Dictionary<string, string> Annotations { get; init; } = [];

    /// <summary>The name of either.</summary>
    [YamlIgnore]
    public string Name => Alert ?? Record!;
}
