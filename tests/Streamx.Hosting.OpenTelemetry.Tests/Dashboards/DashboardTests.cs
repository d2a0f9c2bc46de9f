using System.Text.Json;
using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Grafana;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards;

/// <summary>What makes a dashboard usable on import, as far as its file shows.</summary>
public class DashboardTests
{
    [Theory]
    [InlineData(GrafanaDashboard.Streams)]
    [InlineData(GrafanaDashboard.Broker)]
    [InlineData(GrafanaDashboard.Database)]
    public void Panels_All_SayWhatTheyShow(string file)
    {
        var panels = GrafanaDashboard.Load(file).Panels;

        Assert.NotEmpty(panels);
        Assert.All(panels, panel =>
        {
            Assert.NotEmpty(panel.Title);
            Assert.EndsWith(".", panel.Description, StringComparison.Ordinal);
            Assert.NotEmpty(panel.Queries);
            Assert.Equal(panel.Queries.Count, panel.Queries.Select(query => query.RefId).Distinct().Count());
            // Tables name their columns, and a heatmap its rows; everything else is a number that wants a unit.
            if (panel.Type is "timeseries" or "stat") Assert.False(string.IsNullOrEmpty(panel.Unit), panel.Title);
        });
        Assert.Equal(panels.Count, panels.Select(panel => panel.Title).Distinct().Count());
    }

    [Theory]
    [InlineData(GrafanaDashboard.Streams)]
    [InlineData(GrafanaDashboard.Broker)]
    [InlineData(GrafanaDashboard.Database)]
    public void Elements_All_HaveTheirOwnIdAndPlace(string file)
    {
        var elements = GrafanaDashboard.Load(file).Elements;

        Assert.Equal(elements.Count, elements.Select(element => element.GetProperty("id").GetInt32()).Distinct().Count());
        var places = elements.Select(GrafanaDashboard.PositionOf).ToList();
        Assert.All(places, place => Assert.InRange(place.X + place.W, 1, 24));
        for (var i = 0; i < places.Count; i++) Assert.DoesNotContain(places.Skip(i + 1), other => places[i].Overlaps(other));
    }

    [Fact]
    public void Rows_InOrder_AskTheQuestionsOfTheReader()
    {
        var rows = GrafanaDashboard.Load().Elements.Where(element => element.GetProperty("type").GetString() == "row").Select(row => row.GetProperty("title").GetString());

        Assert.Equal(
            [
                "Is the pipeline waiting?", "How long does it wait?", "For which consumer?", "While it is still waiting", "How much goes through?",
                "How do consumers work?", "What fails?", "Is it up, and how did it end?", "What do the alerts see?",
            ],
            rows);
    }

    [Theory]
    [InlineData(GrafanaDashboard.Streams)]
    [InlineData(GrafanaDashboard.Broker)]
    [InlineData(GrafanaDashboard.Database)]
    public void DataSources_All_AreTheVariable(string file)
    {
        var dashboard = GrafanaDashboard.Load(file);

        Assert.Equal("datasource", dashboard.Variables["datasource"].GetProperty("type").GetString());
        var sources = Find(dashboard.Root, "datasource").Where(source => source.GetProperty("type").GetString() != "grafana").Select(source => source.GetProperty("uid").GetString());
        Assert.All(sources, uid => Assert.Equal("${datasource}", uid));
        Assert.All(dashboard.Panels.SelectMany(panel => panel.Queries), query => Assert.Equal("${datasource}", query.DataSource));
    }

    [Theory]
    [InlineData(GrafanaDashboard.Streams)]
    [InlineData(GrafanaDashboard.Broker)]
    [InlineData(GrafanaDashboard.Database)]
    public void Queries_All_HeedTheVariables(string file)
    {
        var queries = GrafanaDashboard.Load(file).Panels.SelectMany(panel => panel.Queries);

        Assert.All(queries, query =>
        {
            var selectors = query.Expression.Split('{').Length - 1;
            Assert.True(selectors > 0, query.Expression);
            foreach (var matcher in (string[])["job=~\"$job\"", "instance=~\"$instance\"", "streamx_stream_name=~\"$stream\""])
                Assert.Equal(selectors, query.Expression.Split(matcher).Length - 1);
        });
    }

    [Theory]
    [InlineData(GrafanaDashboard.Streams, "streamx-hosting")]
    [InlineData(GrafanaDashboard.Broker, "streamx-rabbitmq")]
    [InlineData(GrafanaDashboard.Database, "streamx-sql")]
    public void Identity_IsStable(string file, string uid)
    {
        var root = GrafanaDashboard.Load(file).Root;

        // Links and provisioning go by the uid: another one would be another dashboard.
        Assert.Equal(uid, root.GetProperty("uid").GetString());
        Assert.False(root.TryGetProperty("id", out _), "An id belongs to one Grafana alone.");
        Assert.True(root.GetProperty("schemaVersion").GetInt32() >= 41);
    }

    /// <summary>All objects of a name, however deep.</summary>
    private static IEnumerable<JsonElement> Find(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property =>
            property.Name == name && property.Value.ValueKind == JsonValueKind.Object ? [property.Value] : Find(property.Value, name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(item => Find(item, name)),
        _ => [],
    };
}
