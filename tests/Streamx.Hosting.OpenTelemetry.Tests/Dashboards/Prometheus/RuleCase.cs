namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Prometheus;

/// <summary>One situation, with what alerts must do in it.</summary>
internal sealed class RuleCase
{
    /// <summary>What the situation is.</summary>
    public required string Name { get; init; }

    /// <summary>What is expected.</summary>
    public required List<RuleExpectation> AlertRuleTest { get; init; }
}
