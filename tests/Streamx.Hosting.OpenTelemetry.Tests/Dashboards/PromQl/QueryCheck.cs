namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.PromQl;

/// <summary>Follows labels through a query: which series it asks for, which labels it names, and which its result has.</summary>
/// <remarks>A name that no series has is no error to Prometheus: the query is empty, and the alert never fires.</remarks>
internal sealed class QueryCheck
{
    /// <summary>The series there are, with their labels.</summary>
    private readonly IReadOnlyDictionary<string, IReadOnlySet<string>> _series;

    /// <summary>What was found wrong.</summary>
    private readonly List<string> _problems = [];

    private QueryCheck(IReadOnlyDictionary<string, IReadOnlySet<string>> series) => _series = series;

    /// <summary>Checks a query.</summary>
    public static QueryFindings Run(PromQlNode query, IReadOnlyDictionary<string, IReadOnlySet<string>> series)
    {
        var check = new QueryCheck(series);
        if (query.Descendants().Any(node => node.Name == "⚠")) return new QueryFindings(["It does not parse."], new HashSet<string>());
        var labels = check.LabelsOf(query) ?? new HashSet<string>();
        return new QueryFindings(check._problems, labels);
    }

    /// <summary>The labels of what a node yields; null when that is a scalar.</summary>
    private IReadOnlySet<string>? LabelsOf(PromQlNode node) => node.Name switch
    {
        "VectorSelector" => OfSelector(node),
        "AggregateExpr" => OfAggregation(node),
        "BinaryExpr" => OfBinary(node),
        "FunctionCall" => OfCall(node),
        _ => Union(node.Children.Select(LabelsOf)),
    };

    private HashSet<string> OfSelector(PromQlNode node)
    {
        var name = node.Child("Identifier")?.Text;
        if (name is null || !_series.TryGetValue(name, out var labels))
        {
            _problems.Add($"There is no series '{name ?? node.Text}'.");
            return [];
        }
        RequireLabels(node.Descendants().Where(child => child.Name == "LabelName"), labels, name);
        return [.. labels];
    }

    private HashSet<string>? OfAggregation(PromQlNode node)
    {
        var inner = Union(node.Child("FunctionCallBody")!.Children.Select(LabelsOf)) ?? [];
        // These choose among the series and leave them as they are.
        if (node.Child("AggregateOp")!.Children[0].Name is "Topk" or "Bottomk") return inner;
        if (node.Child("AggregateModifier") is not { } modifier) return [];
        var named = RequireLabels(LabelNames(modifier.Child("GroupingLabels")), inner, modifier.Text);
        return modifier.Child("By") is null ? [.. inner.Except(named)] : named;
    }

    private HashSet<string>? OfBinary(PromQlNode node)
    {
        var left = LabelsOf(node.Children[0]);
        var right = LabelsOf(node.Children[^1]);
        if (left is null || right is null) return (left ?? right)?.ToHashSet();
        var modifier = node.Child("MatchingModifierClause");
        var groupings = modifier?.All("GroupingLabels").Select(LabelNames).ToList() ?? [];
        var isOr = node.Child("Or") is not null;
        HashSet<string>? matched = null;
        if (modifier?.Child("On") is not null)
        {
            matched = RequireLabels(groupings[0], left, modifier.Text);
            RequireLabels(groupings[0], right, modifier.Text);
        }
        else
        {
            var ignored = modifier?.Child("Ignoring") is null ? [] : groupings[0].Select(label => label.Text).ToHashSet();
            if (!isOr && !left.Except(ignored).ToHashSet().SetEquals(right.Except(ignored)))
                _problems.Add($"The sides of '{node.Text}' never match: ({string.Join(", ", left.Order())}) and ({string.Join(", ", right.Order())}).");
        }
        if (isOr) return Union([left, right]);
        if (node.Child("And") is not null || node.Child("Unless") is not null) return [.. left];
        if (modifier?.Child("GroupLeft") is not null) return [.. left, .. groupings.Skip(1).SelectMany(labels => labels).Select(label => label.Text)];
        if (modifier?.Child("GroupRight") is not null) return [.. right, .. groupings.Skip(1).SelectMany(labels => labels).Select(label => label.Text)];
        return matched ?? [.. left];
    }

    private HashSet<string>? OfCall(PromQlNode node)
    {
        var arguments = node.Child("FunctionCallBody")?.Children ?? [];
        var labels = Union(arguments.Select(LabelsOf));
        switch (node.Child("FunctionIdentifier")!.Text)
        {
            case "histogram_quantile" when labels is not null:
                if (!labels.Remove("le")) _problems.Add($"'{node.Text}' has lost its 'le'.");
                return labels;
            case "label_replace" when labels is not null:
                if (!labels.Contains(arguments[3].Text.Trim('"'))) _problems.Add($"{arguments[3].Text} is no label of '{arguments[0].Text}'.");
                labels.Add(arguments[1].Text.Trim('"'));
                return labels;
            default:
                return labels;
        }
    }

    private HashSet<string> RequireLabels(IEnumerable<PromQlNode> named, IReadOnlySet<string> labels, string where)
    {
        var names = named.Select(label => label.Text).ToHashSet();
        _problems.AddRange(names.Except(labels).Select(label => $"'{label}' is no label of '{where}': ({string.Join(", ", labels.Order())})."));
        return names;
    }

    private static IEnumerable<PromQlNode> LabelNames(PromQlNode? grouping) => grouping?.All("LabelName") ?? [];

    private static HashSet<string>? Union(IEnumerable<IReadOnlySet<string>?> sets)
    {
        HashSet<string>? union = null;
        foreach (var set in sets)
        {
            if (set is null) continue;
            union ??= [];
            union.UnionWith(set);
        }
        return union;
    }
}
