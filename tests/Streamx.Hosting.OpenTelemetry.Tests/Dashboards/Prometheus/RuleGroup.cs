namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Prometheus;

/// <summary>A group of rules, evaluated in order.</summary>
internal sealed class RuleGroup
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its rules.</summary>
    public required List<Rule> Rules { get; init; }
}
