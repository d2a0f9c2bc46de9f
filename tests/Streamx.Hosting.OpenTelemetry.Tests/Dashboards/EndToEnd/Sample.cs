using System.Globalization;
using System.Text.Json;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.EndToEnd;

/// <summary>One value of a query's result.</summary>
internal sealed record Sample(IReadOnlyDictionary<string, string> Labels, double Value)
{
    /// <summary>Reads one of Prometheus' answer.</summary>
    public static Sample From(JsonElement result) => new(
        result.GetProperty("metric").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!),
        double.Parse(result.GetProperty("value")[1].GetString()!.Replace("Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture));
}
