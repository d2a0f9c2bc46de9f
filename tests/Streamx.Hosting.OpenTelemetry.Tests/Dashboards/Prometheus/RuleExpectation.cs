namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Prometheus;

/// <summary>What an alert must do at some time.</summary>
internal sealed class RuleExpectation
{
    /// <summary>The alert.</summary>
    public required string Alertname { get; init; }

    /// <summary>What fires; empty when nothing does.</summary>
    public List<object> ExpAlerts { get; init; } = [];
}
