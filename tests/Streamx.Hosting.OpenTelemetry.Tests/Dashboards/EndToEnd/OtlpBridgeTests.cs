using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Instruments;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.EndToEnd;

/// <summary>That the bridge between the SDK and Prometheus says what was sent, under the names the queries are checked against.</summary>
[Collection(typeof(AloneCollection))]
public class OtlpBridgeTests
{
    [Fact]
    public async Task Scrape_EveryInstrumentWasSent_ShowsTheSeriesOfTheTable()
    {
        using var bridge = await OtlpBridge.StartAsync();
        using var source = new ContractSource(bridge.Address);

        Assert.True(source.Send());
        using var client = new HttpClient();
        var lines = (await client.GetStringAsync(new Uri(bridge.Address, "metrics"))).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        var samples = lines.Where(line => !line.StartsWith('#')).Select(Parse).Where(sample => sample.Name != "target_info").ToList();
        Assert.Equal(InstrumentTable.Series.Keys.Order(), samples.Select(sample => sample.Name).Distinct().Order());
        Assert.All(samples, sample =>
        {
            Assert.Equal(InstrumentTable.Series[sample.Name].Order(), sample.Labels.Keys.Order());
            Assert.Equal(("shop/orders", "a", "a streamx.stream.name"), (sample.Labels["job"], sample.Labels["instance"], sample.Labels["streamx_stream_name"]));
        });
        Assert.Contains(lines, line => line.StartsWith("target_info{job=\"shop/orders\",instance=\"a\",service_version=\"1.2.3\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scrape_EveryInstrumentWasSent_ShowsTypesAndValues()
    {
        using var bridge = await OtlpBridge.StartAsync();
        using var source = new ContractSource(bridge.Address);

        Assert.True(source.Send());
        using var client = new HttpClient();
        var lines = (await client.GetStringAsync(new Uri(bridge.Address, "metrics"))).Split('\n');

        Assert.All(InstrumentTable.All, instrument =>
        {
            var type = instrument.Kind switch { InstrumentKind.Histogram => "histogram", InstrumentKind.Counter => "counter", _ => "gauge" };
            Assert.Contains($"# TYPE {instrument.PrometheusName} {type}", lines);
            var values = lines.Where(line => !line.StartsWith('#')).Select(line => line.TrimEnd())
                .Where(line => line.StartsWith(instrument.PrometheusName + (instrument.Kind == InstrumentKind.Histogram ? "_" : "{"), StringComparison.Ordinal))
                .Select(line => line[(line.LastIndexOf(' ') + 1)..]);
            // Buckets up to 1, 5 and infinity, the sum, the count; or the value.
            Assert.Equal(instrument.Kind == InstrumentKind.Histogram ? ["0", "1", "1", "3", "1"] : ["3"], values);
        });
    }

    private static (string Name, Dictionary<string, string> Labels) Parse(string line)
    {
        var open = line.IndexOf('{', StringComparison.Ordinal);
        var labels = line[(open + 1)..line.LastIndexOf('}')].Split("\",").Select(label => label.Split("=\""));
        return (line[..open], labels.ToDictionary(label => label[0], label => label[1].TrimEnd('"')));
    }
}
