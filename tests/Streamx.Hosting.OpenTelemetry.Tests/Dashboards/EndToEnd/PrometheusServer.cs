using System.Text.Json;
using System.Text.RegularExpressions;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.EndToEnd;

/// <summary>A real Prometheus with a port and a folder of its own, which scrapes a bridge and evaluates the rules.</summary>
internal sealed partial class PrometheusServer : IDisposable
{
    /// <summary>The process.</summary>
    private readonly LineProcess _process;

    /// <summary>Its data and configuration; deleted at the end.</summary>
    private readonly string _folder;

    /// <summary>Asks it.</summary>
    private readonly HttpClient _client;

    private PrometheusServer(LineProcess process, string folder, string address) =>
        (_process, _folder, _client) = (process, folder, new HttpClient { BaseAddress = new Uri($"http://{address}/") });

    /// <summary>Starts it.</summary>
    public static async Task<PrometheusServer> StartAsync(OtlpBridge bridge)
    {
        var folder = Directory.CreateTempSubdirectory("streamx-prometheus-").FullName;
        var configuration = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(configuration, $"""
            global: {"{"} scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms {"}"}
            rule_files: ['{Checkout.Rules}']
            scrape_configs:
              - job_name: bridge
                honor_labels: true # job and instance are those of the process that sent OTLP
                static_configs: [ {"{"} targets: ['127.0.0.1:{bridge.Port}'] {"}"} ]
            """);
        var process = LineProcess.Start(
            "prometheus",
            [$"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(folder, "data")}", "--web.listen-address=127.0.0.1:0", "--query.lookback-delta=5m"]);
        try
        {
            var address = await process.WaitForLineAsync(line => Listening().IsMatch(line));
            await process.WaitForLineAsync(line => line.Contains("Server is ready to receive web requests", StringComparison.Ordinal));
            return new PrometheusServer(process, folder, Listening().Match(address).Groups["address"].Value);
        }
        catch
        {
            process.Dispose();
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>Asks a query for now.</summary>
    public async Task<IReadOnlyList<Sample>> QueryAsync(string query)
    {
        using var document = await GetAsync($"api/v1/query?query={Uri.EscapeDataString(query)}");
        return [.. document.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(Sample.From)];
    }

    /// <summary>The rules, each with how it fared.</summary>
    public async Task<IReadOnlyList<(string Name, string Health, string Error)>> RulesAsync()
    {
        using var document = await GetAsync("api/v1/rules");
        return [.. document.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray()
            .SelectMany(group => group.GetProperty("rules").EnumerateArray())
            .Select(rule => (
                rule.GetProperty("name").GetString()!,
                rule.GetProperty("health").GetString()!,
                rule.TryGetProperty("lastError", out var error) ? error.GetString()! : ""))];
    }

    public void Dispose()
    {
        _client.Dispose();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<JsonDocument> GetAsync(string path)
    {
        using var response = await _client.GetAsync(new Uri(path, UriKind.Relative));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {text}");
        return JsonDocument.Parse(text);
    }

    [GeneratedRegex(@"msg=""Listening on"" address=(?<address>127\.0\.0\.1:\d+)")]
    private static partial Regex Listening();
}
