using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Grafana;
using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Prometheus;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.EndToEnd;

/// <summary>The sample over OTLP into a real Prometheus: that the dashboard has something to show, and that it is true.</summary>
public class EndToEndTests(MonitoredWorkers workers) : IClassFixture<MonitoredWorkers>
{
    [Fact]
    public async Task Panels_WorkersSlowAndInTrouble_AllHaveData()
    {
        foreach (var panel in GrafanaDashboard.Load().Panels)
        foreach (var query in panel.Queries)
        {
            // The comparison leaves out what is not a number.
            var samples = await workers.UntilAsync($"({MonitoredWorkers.Fill(query.Expression)}) > -1");

            if (!query.Expression.StartsWith("sum by (le)", StringComparison.Ordinal)) Assert.All(samples, sample => Assert.Contains("streamx_stream_name", sample.Labels.Keys));
        }
    }

    [Fact]
    public async Task Variables_WorkersRun_OfferThem()
    {
        var values = new Dictionary<string, IEnumerable<string>>();

        foreach (var (name, selector, label) in GrafanaDashboard.Load().VariableQueries)
            values[name] = (await workers.UntilAsync($"group by ({label}) ({MonitoredWorkers.Fill(selector)})")).Select(sample => sample.Labels[label]).Order();

        Assert.Equal([MonitoredWorkers.Slow, MonitoredWorkers.Stuck, MonitoredWorkers.Troubled], values["job"]);
        Assert.Equal(["slow-1", "stuck-1", "troubled-1"], values["instance"]);
        Assert.Equal(["events"], values["stream"]);
    }

    [Fact]
    public async Task WhoHoldsTheStream_JournalIsSlow_IsJournal()
    {
        var samples = await AskAsync("Consumer that holds the stream", MonitoredWorkers.Slow);

        var share = Assert.Single(samples, sample => sample.Labels["streamx_backpressure_gated_by"] == "Journal").Value;
        Assert.InRange(share, 0.9, 1.0000001);
        Assert.Equal(1, samples.Sum(sample => sample.Value), precision: 6);
    }

    [Fact]
    public async Task WhatFixingOneWouldWin_JournalIsSlow_IsNearlyAllTheTime()
    {
        // Nobody else takes any time, so everything would be won.
        var samples = await workers.UntilAsync($"({Panel("What fixing one would win", MonitoredWorkers.Slow)}) > 0.8");

        Assert.Equal("Journal", Assert.Single(samples).Labels["streamx_consumer_name"]);
    }

    [Fact]
    public async Task WhileItIsStillWaiting_JournalIsStuck_SeenAtOnceAndLostAtTheEnd()
    {
        // The very first batch never ends: not one wait is over, and no histogram knows of any.
        var age = await workers.UntilAsync($"({Panel("Age of the value in hand", MonitoredWorkers.Stuck)}) > 3");
        var blocked = await workers.UntilAsync($"({Panel("Blocked", MonitoredWorkers.Stuck)}) > 0.9");
        var waiting = await workers.UntilAsync($"({Panel("Waiting now", MonitoredWorkers.Stuck)}) > 0.9");
        var holding = await AskAsync("Holding the stream now", MonitoredWorkers.Stuck);
        var waits = await workers.Prometheus.QueryAsync($"sum(streamx_backpressure_wait_duration_seconds_sum{{job=\"{MonitoredWorkers.Stuck}\"}})");

        await workers.StopStuckAsync();
        var lost = await workers.UntilAsync($"({Panel("Undelivered", MonitoredWorkers.Stuck)}) > 0");
        var alert = await workers.UntilAsync("ALERTS{alertname=\"StreamxUndeliveredAtShutdown\",alertstate=\"firing\"}");

        Assert.Equal("Journal", Assert.Single(age).Labels["streamx_consumer_name"]);
        Assert.Equal("events", Assert.Single(blocked).Labels["streamx_stream_name"]);
        Assert.Single(waiting);
        Assert.Equal("Journal", holding.MaxBy(sample => sample.Value)!.Labels["streamx_consumer_name"]);
        Assert.All(waits, sum => Assert.InRange(sum.Value, 0, 0.5));
        // The window is 16; the batch in hand, which is not lost but aborted, has at most 8 of them.
        Assert.InRange(Assert.Single(lost).Value, 8, 15);
        Assert.Equal(("Journal", "stuck-1"), (Assert.Single(lost).Labels["streamx_consumer_name"], Assert.Single(alert).Labels["instance"]));
    }

    [Fact]
    public async Task HowItEnded_TheHostWasStopped_IsInTheLastExport()
    {
        // 3 is closed. Instruments that are only observed are in it, too.
        var status = await workers.UntilAsync($"({Panel("Stream status", MonitoredWorkers.Troubled)}) == 3");
        var closed = await AskAsync("Time to drain", MonitoredWorkers.Troubled);

        Assert.Single(status);
        Assert.Equal("shutdown", Assert.Single(closed).Labels["streamx_close_reason"]);
    }

    [Fact]
    public async Task Rules_InPrometheus_AreEvaluatedWithoutErrors()
    {
        await workers.UntilAsync("ALERTS{alertname=\"StreamxWorkerFaulted\",alertstate=\"firing\",streamx_worker_name=\"LineReader\"}");

        var rules = await workers.Prometheus.RulesAsync();

        Assert.Equal(RuleFile.Load().Rules.Select(rule => rule.Name).Order(), rules.Select(rule => rule.Name).Order());
        Assert.All(rules, rule => Assert.Equal((rule.Name, "ok", ""), rule));
    }

    private static string Panel(string title, string job) =>
        MonitoredWorkers.Fill(GrafanaDashboard.Load().Panels.Single(panel => panel.Title == title).Queries[0].Expression, job);

    private Task<IReadOnlyList<Sample>> AskAsync(string panel, string job) => workers.UntilAsync(Panel(panel, job));
}
