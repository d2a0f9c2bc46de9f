using System.Text.RegularExpressions;
using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Grafana;
using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Instruments;
using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Prometheus;
using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.PromQl;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards;

/// <summary>Every query parses, and asks for series and labels that there are.</summary>
public partial class QueryTests
{
    [Theory]
    [InlineData(GrafanaDashboard.Streams)]
    [InlineData(GrafanaDashboard.Broker)]
    [InlineData(GrafanaDashboard.Database)]
    public async Task Dashboard_EveryQuery_AsksForWhatThereIs(string file)
    {
        var dashboard = GrafanaDashboard.Load(file);
        (string Where, string Query)[] queries =
        [
            .. dashboard.Panels.SelectMany(panel => panel.Queries.Select(query => ($"{panel.Title}, {query.RefId}", query.Expression))),
            .. dashboard.VariableQueries.Select(variable => ($"variable {variable.Name}", $"group by ({variable.Label}) ({variable.Selector})")),
            .. dashboard.AnnotationQueries.Select(query => ("annotation", query)),
        ];

        var problems = await ProblemsAsync(queries);

        Assert.Empty(problems);
    }

    [Fact]
    public async Task Rules_EveryQuery_AsksForWhatThereIs()
    {
        var problems = await ProblemsAsync([.. RuleFile.Load().Rules.Select(rule => (rule.Name, rule.Expr))]);

        Assert.Empty(problems);
    }

    [Theory]
    [InlineData(GrafanaDashboard.Streams)]
    [InlineData(GrafanaDashboard.Broker)]
    [InlineData(GrafanaDashboard.Database)]
    public async Task Dashboard_EveryLegend_NamesLabelsOfTheResult(string file)
    {
        var series = await RuleFile.Load().KnownSeriesAsync();
        var queries = GrafanaDashboard.Load(file).Panels.SelectMany(panel => panel.Queries.Select(query => (Panel: panel, Query: query))).ToList();

        var trees = await PromQlParser.ParseAsync(queries.Select(query => query.Query.Expression));

        Assert.All(queries.Zip(trees), query =>
        {
            var ((panel, target), tree) = query;
            var labels = QueryCheck.Run(tree, series).Labels;
            Assert.All(Placeholders().Matches(target.Legend), match => Assert.Contains(match.Groups["label"].Value, labels));
            // A line that does not say which stream and whose it is cannot be read where there are several.
            if (panel.Type is "timeseries" or "state-timeline" or "stat") Assert.Equal(labels.Order(), Placeholders().Matches(target.Legend).Select(match => match.Groups["label"].Value).Distinct().Order());
        });
    }

    [Fact]
    public async Task Alerts_EveryAnnotation_NamesLabelsOfTheResult()
    {
        var file = RuleFile.Load();
        var series = await file.KnownSeriesAsync();

        var trees = await PromQlParser.ParseAsync(file.Alerts.Select(alert => alert.Expr));

        Assert.All(file.Alerts.Zip(trees), pair =>
        {
            var (alert, tree) = pair;
            var labels = QueryCheck.Run(tree, series).Labels;
            Assert.All(alert.Annotations.Values, text => Assert.All(TemplateLabels().Matches(text), match => Assert.Contains(match.Groups["label"].Value, labels)));
            // Who is woken up reads the summary: it names the stream and the worker, where there is one.
            var summary = TemplateLabels().Matches(alert.Annotations["summary"]).Select(match => match.Groups["label"].Value).ToHashSet();
            Assert.Superset(labels.Intersect(["streamx_stream_name", "streamx_consumer_name", "streamx_worker_name", "streamx_backpressure_gated_by"]).ToHashSet(), summary);
            Assert.Contains("streamx_stream_name", labels);
        });
    }

    [Fact]
    public async Task Dashboard_EveryInstrument_IsShown()
    {
        var files = (string[])[GrafanaDashboard.Streams, GrafanaDashboard.Broker, GrafanaDashboard.Database];
        var trees = await PromQlParser.ParseAsync(files.SelectMany(file => GrafanaDashboard.Load(file).Panels).SelectMany(panel => panel.Queries).Select(query => query.Expression));
        var shown = trees.SelectMany(tree => tree.Descendants()).Where(node => node.Name == "Identifier").Select(node => node.Text).ToHashSet();

        var missing = InstrumentTable.All.Where(instrument => !instrument.Series.Any(series => shown.Contains(series.Name))).Select(instrument => instrument.Name);

        Assert.Empty(missing);
    }

    private static async Task<IReadOnlyList<string>> ProblemsAsync((string Where, string Query)[] queries)
    {
        Assert.NotEmpty(queries);
        var series = await RuleFile.Load().KnownSeriesAsync();
        var trees = await PromQlParser.ParseAsync(queries.Select(query => query.Query));
        return [.. queries.Zip(trees).SelectMany(pair => QueryCheck.Run(pair.Second, series).Problems.Select(problem => $"{pair.First.Where}: {problem}"))];
    }

    [GeneratedRegex(@"\{\{(?<label>\w+)\}\}")]
    private static partial Regex Placeholders();

    [GeneratedRegex(@"\$labels\.(?<label>\w+)")]
    private static partial Regex TemplateLabels();
}
