using System.Text.Json;
using System.Text.RegularExpressions;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Grafana;

/// <summary>A dashboard this package ships.</summary>
internal sealed partial class GrafanaDashboard
{
    /// <summary>The one of the streams.</summary>
    public const string Streams = "streamx.json";

    /// <summary>The one of the broker, for streams between processes.</summary>
    public const string Broker = "streamx-rabbitmq.json";

    /// <summary>The one of the database, for streams that are kept in one.</summary>
    public const string Database = "streamx-sql.json";

    private GrafanaDashboard(JsonElement root) => Root = root;

    /// <summary>All of it.</summary>
    public JsonElement Root { get; }

    /// <summary>Panels and rows, as they stand.</summary>
    public IReadOnlyList<JsonElement> Elements => [.. Root.GetProperty("panels").EnumerateArray()];

    /// <summary>The panels that show something.</summary>
    public IReadOnlyList<Panel> Panels => [.. Elements.Where(element => element.GetProperty("type").GetString() != "row").Select(ToPanel)];

    /// <summary>The variables, by name.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables =>
        Root.GetProperty("templating").GetProperty("list").EnumerateArray().ToDictionary(variable => variable.GetProperty("name").GetString()!);

    /// <summary>What variables take their values from: a selector and a label of it.</summary>
    public IReadOnlyList<(string Name, string Selector, string Label)> VariableQueries =>
        [.. Variables.Where(variable => variable.Value.GetProperty("type").GetString() == "query").Select(ToVariableQuery)];

    /// <summary>The queries of the annotations.</summary>
    public IReadOnlyList<string> AnnotationQueries =>
        [.. Root.GetProperty("annotations").GetProperty("list").EnumerateArray().Where(annotation => annotation.TryGetProperty("expr", out _)).Select(annotation => annotation.GetProperty("expr").GetString()!)];

    /// <summary>Reads a file.</summary>
    public static GrafanaDashboard Load(string file = Streams)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Checkout.Dashboard(file)));
        return new GrafanaDashboard(document.RootElement.Clone());
    }

    /// <summary>Where a panel or a row is.</summary>
    public static GridPosition PositionOf(JsonElement element) => element.GetProperty("gridPos").Deserialize<GridPosition>(JsonSerializerOptions.Web)!;

    private static Panel ToPanel(JsonElement panel) => new(
        panel.GetProperty("id").GetInt32(),
        panel.GetProperty("type").GetString()!,
        panel.GetProperty("title").GetString()!,
        panel.GetProperty("description").GetString()!,
        panel.GetProperty("fieldConfig").GetProperty("defaults").TryGetProperty("unit", out var unit) ? unit.GetString() : null,
        PositionOf(panel),
        [.. panel.GetProperty("targets").EnumerateArray().Select(target => new PanelQuery(
            target.GetProperty("refId").GetString()!,
            target.GetProperty("expr").GetString()!,
            target.GetProperty("legendFormat").GetString()!,
            target.GetProperty("datasource").GetProperty("uid").GetString()!))]);

    private static (string Name, string Selector, string Label) ToVariableQuery(KeyValuePair<string, JsonElement> variable)
    {
        var query = variable.Value.GetProperty("query").GetProperty("query").GetString()!;
        var match = LabelValues().Match(query);
        Assert.True(match.Success, $"The variable {variable.Key} has no label_values(): {query}");
        return (variable.Key, match.Groups["selector"].Value, match.Groups["label"].Value);
    }

    [GeneratedRegex(@"^label_values\((?<selector>.+), *(?<label>\w+)\)$")]
    private static partial Regex LabelValues();
}
