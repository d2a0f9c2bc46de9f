namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Prometheus;

/// <summary>The cases of the alerts, as far as tests look into them.</summary>
internal sealed class RuleCases
{
    /// <summary>The cases.</summary>
    public required List<RuleCase> Tests { get; init; }

    /// <summary>Reads the file.</summary>
    public static RuleCases Load() => RuleFile.Yaml<RuleCases>(File.ReadAllText(Checkout.RuleCases), isStrict: false);
}
