using System.Text.RegularExpressions;
using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Prometheus;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards;

/// <summary>The rules in Prometheus' own tool.</summary>
public sealed partial class RuleTests : IDisposable
{
    /// <summary>Where changed rules are put.</summary>
    private readonly string _folder = Directory.CreateTempSubdirectory("streamx-rules-").FullName;

    [Fact]
    public async Task Rules_PromtoolCheck_Passes()
    {
        var result = await Command.RunAsync("promtool", ["check", "rules", "--lint=all", "--lint-fatal", Checkout.Rules]);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    [Fact]
    public async Task Alerts_PromtoolTest_Passes()
    {
        var result = await Command.RunAsync("promtool", ["test", "rules", Checkout.RuleCases]);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    [Fact]
    public void Alerts_All_HaveCasesOfFiringAndOfNotFiring()
    {
        var expectations = RuleCases.Load().Tests.SelectMany(test => test.AlertRuleTest).ToLookup(test => test.Alertname, test => test.ExpAlerts.Count > 0);

        var alerts = RuleFile.Load().Alerts.Select(alert => alert.Name).ToList();

        Assert.Equal(alerts.Order(), expectations.Select(cases => cases.Key).Order());
        Assert.All(alerts, alert => Assert.Equal([false, true], expectations[alert].Distinct().Order()));
    }

    [Fact]
    public void Alerts_All_SayHowBadItIsAndWhatToDo() =>
        Assert.All(RuleFile.Load().Alerts, alert =>
        {
            Assert.StartsWith("Streamx", alert.Name, StringComparison.Ordinal);
            Assert.Equal(["severity"], alert.Labels.Keys);
            Assert.Contains(alert.Labels["severity"], (string[])["critical", "warning", "info"]);
            Assert.Equal(["description", "runbook", "summary"], alert.Annotations.Keys.Order());
            Assert.All(alert.Annotations.Values, text => Assert.EndsWith(".", text, StringComparison.Ordinal));
        });

    /// <summary>Cases that pass whatever the rule says would prove nothing: each condition, made always true, must be noticed.</summary>
    [Fact]
    public async Task Alerts_AConditionIsMadeAlwaysTrue_ACaseFails()
    {
        var rules = await File.ReadAllTextAsync(Checkout.Rules);
        var starts = Alerts().Matches(rules).Select(match => match.Index).ToList();
        var mutants = Comparisons().Matches(rules)
            .Where(match => match.Index > starts[0])
            .Select(match => (
                Alert: rules[starts.Last(start => start < match.Index)..].Split('\n')[0]["- alert: ".Length..],
                Comparison: match.Value,
                Rules: $"{rules[..match.Index]} >= -1{rules[(match.Index + match.Length)..]}"))
            .ToList();

        foreach (var alert in mutants.Select(mutant => mutant.Alert).Distinct()) Assert.True(await PassesAsync(rules, alert), alert);
        var survivors = new List<string>();
        foreach (var (alert, comparison, text) in mutants)
            if (await PassesAsync(text, alert)) survivors.Add($"{alert}:{comparison}");

        Assert.True(mutants.Count >= RuleFile.Load().Alerts.Count);
        Assert.Empty(survivors);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Runs the cases of one alert.</summary>
    private async Task<bool> PassesAsync(string rules, string alert)
    {
        var parts = (await File.ReadAllTextAsync(Checkout.RuleCases)).Split("\n  - name: ");
        var cases = string.Join("\n  - name: ", parts.Where((part, i) => i == 0 || Regex.IsMatch(part, $@"\b{alert}\b")));
        await File.WriteAllTextAsync(Path.Combine(_folder, "rules.yml"), rules);
        await File.WriteAllTextAsync(Path.Combine(_folder, "cases.yml"), RulePath().Replace(cases, "  - rules.yml"));
        var result = await Command.RunAsync("promtool", ["test", "rules", Path.Combine(_folder, "cases.yml")]);
        // A mutant that does not even parse would be no mutant.
        Assert.DoesNotContain("parse error", result.Output + result.Error, StringComparison.OrdinalIgnoreCase);
        return result.ExitCode == 0;
    }

    [GeneratedRegex(@"- alert: \w+")]
    private static partial Regex Alerts();

    [GeneratedRegex(@" (>|==) [0-9.]+(?=[\n )])")]
    private static partial Regex Comparisons();

    [GeneratedRegex(@"^  - \S+streamx\.rules\.yml$", RegexOptions.Multiline)]
    private static partial Regex RulePath();
}
