using System.Text.Json;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.PromQl;

/// <summary>Parses queries with the grammar of Prometheus' own editor, which is a Node package.</summary>
internal static class PromQlParser
{
    /// <summary>Parses many at once: starting Node is what takes time.</summary>
    public static async Task<IReadOnlyList<PromQlNode>> ParseAsync(IEnumerable<string> queries)
    {
        Assert.True(Directory.Exists(Path.Combine(Checkout.Tests, "node_modules")), "The Node packages are missing: run 'npm ci' in the folder Dashboards, as tests/run.sh does.");
        // Grafana puts durations in place of its variables; any will do here.
        var plain = queries.Select(query => query.Replace("$__rate_interval", "1m", StringComparison.Ordinal).Replace("$__range", "1h", StringComparison.Ordinal));
        var result = await Command.RunAsync("node", [Checkout.Tool("promql.mjs")], JsonSerializer.Serialize(plain));
        Assert.True(result.ExitCode == 0, result.Error);
        return JsonSerializer.Deserialize<PromQlNode[]>(result.Output, JsonSerializerOptions.Web)!;
    }
}
