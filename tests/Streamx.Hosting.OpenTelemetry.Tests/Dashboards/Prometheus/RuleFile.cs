using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Instruments;
using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.PromQl;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Prometheus;

/// <summary>The rules this package ships.</summary>
internal sealed class RuleFile
{
    /// <summary>The groups.</summary>
    public required List<RuleGroup> Groups { get; init; }

    /// <summary>All rules.</summary>
    [YamlIgnore]
    public IReadOnlyList<Rule> Rules => [.. Groups.SelectMany(group => group.Rules)];

    /// <summary>The alerts.</summary>
    [YamlIgnore]
    public IReadOnlyList<Rule> Alerts => [.. Rules.Where(rule => rule.Alert is not null)];

    /// <summary>Reads the file.</summary>
    public static RuleFile Load() => Yaml<RuleFile>(File.ReadAllText(Checkout.Rules));

    /// <summary>Reads YAML; strictly, an unknown key is an error.</summary>
    public static T Yaml<T>(string text, bool isStrict = true)
    {
        var builder = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance);
        if (!isStrict) builder.IgnoreUnmatchedProperties();
        return builder.Build().Deserialize<T>(text);
    }

    /// <summary>Every series a query may ask for: those of the instruments, those recorded here, and the alerts themselves.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlySet<string>>> KnownSeriesAsync()
    {
        var series = new Dictionary<string, IReadOnlySet<string>>(InstrumentTable.Series);
        var recorded = Rules.Where(rule => rule.Record is not null).ToList();
        foreach (var (rule, tree) in recorded.Zip(await PromQlParser.ParseAsync(recorded.Select(rule => rule.Expr))))
            series.Add(rule.Name, new HashSet<string>(QueryCheck.Run(tree, series).Labels));
        series.Add("ALERTS", new HashSet<string>(series.Values.SelectMany(labels => labels)) { "alertname", "alertstate", "severity" });
        return series;
    }
}
