namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Instruments;

/// <summary>One instrument as the contract has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is to a backend.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Tags">The tags it may carry besides the stream's name.</param>
public sealed record InstrumentContract(string Name, InstrumentKind Kind, string Unit, params string[] Tags)
{
    /// <summary>Its name in Prometheus: underscores for dots, the unit unless it is a count, <c>total</c> for what only grows.</summary>
    public string PrometheusName => Name.Replace('.', '_') + (Unit == "s" ? "_seconds" : "") + (Kind == InstrumentKind.Counter ? "_total" : "");

    /// <summary>Its series in Prometheus, each with its labels; <c>job</c> and <c>instance</c> come from the resource.</summary>
    public IEnumerable<(string Name, IReadOnlySet<string> Labels)> Series
    {
        get
        {
            HashSet<string> labels = ["job", "instance", .. ((string[])[StreamxTags.StreamName, .. Tags]).Select(tag => tag.Replace('.', '_'))];
            return Kind == InstrumentKind.Histogram
                ? [($"{PrometheusName}_bucket", new HashSet<string>(labels) { "le" }), ($"{PrometheusName}_sum", labels), ($"{PrometheusName}_count", labels)]
                : [(PrometheusName, labels)];
        }
    }
}
