using System.Globalization;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.EndToEnd;

/// <summary>Runs of the sample whose metrics a real Prometheus has: one that is merely slow, one in trouble, one stuck.</summary>
public sealed class MonitoredWorkers : IAsyncLifetime
{
    /// <summary>The job whose journal takes 30 ms for each line; nothing else is wrong with it.</summary>
    internal const string Slow = "slow";

    /// <summary>The job whose workers fail, are retried, skip and restart. It has been stopped.</summary>
    internal const string Troubled = "troubled";

    /// <summary>The job whose journal never returns from its first batch.</summary>
    internal const string Stuck = "stuck";

    /// <summary>The runs.</summary>
    private readonly List<WorkerRun> _runs = [];

    /// <summary>Takes their metrics.</summary>
    private OtlpBridge? _bridge;

    /// <summary>Has their metrics.</summary>
    private PrometheusServer? _prometheus;

    /// <summary>Has their metrics.</summary>
    internal PrometheusServer Prometheus => _prometheus!;

    /// <summary>What a query of the dashboard is in Prometheus, with Grafana's variables put in.</summary>
    internal static string Fill(string query, string job = ".*") => query
        .Replace("$__rate_interval", "15s", StringComparison.Ordinal)
        .Replace("$__range", "5m", StringComparison.Ordinal)
        .Replace("$job", job, StringComparison.Ordinal)
        .Replace("$instance", ".*", StringComparison.Ordinal)
        .Replace("$stream", ".*", StringComparison.Ordinal);

    public async ValueTask InitializeAsync()
    {
        _bridge = await OtlpBridge.StartAsync();
        _prometheus = await PrometheusServer.StartAsync(_bridge);
        _runs.Add(WorkerRun.Start(_bridge, Slow, WorkerRun.Sample, "--slow", "Journal=30"));
        _runs.Add(WorkerRun.Start(_bridge, Stuck, WorkerRun.Sample, "--slow", "Journal=3600000", "--set", "Streamx:events:DrainTimeout=00:00:00.500"));
        var troubled = WorkerRun.Start(_bridge, Troubled, WorkerRun.TroubledSample, "--slow", "Journal=2");
        _runs.Add(troubled);

        // Only what happened between two scrapes has a rate: stop when everything that can go wrong has, and was seen.
        await UntilAsync($"rate(streamx_consumer_items_total{{job=\"{Troubled}\",streamx_item_outcome=\"dead_lettered\"}}[15s]) > 0");
        await UntilAsync($"rate(streamx_consumer_retries_total{{job=\"{Troubled}\"}}[15s]) > 0");
        await UntilAsync($"streamx_worker_restarts_total{{job=\"{Troubled}\"}} > 0");
        await troubled.TerminateAsync();
    }

    /// <summary>Asks a query again after each scrape until it yields something.</summary>
    internal async Task<IReadOnlyList<Sample>> UntilAsync(string query)
    {
        try
        {
            return await AskAsync(query).WaitAsync(Command.Limit);
        }
        catch (TimeoutException timeout)
        {
            var present = await Prometheus.QueryAsync("count by (__name__, job) ({__name__=~\"streamx.*\"})");
            var names = present.Select(sample => $"{sample.Labels["__name__"]} of {sample.Labels.GetValueOrDefault("job")}: {sample.Value.ToString(CultureInfo.InvariantCulture)}");
            throw new TimeoutException($"Nothing within {Command.Limit}: {query}{Environment.NewLine}{string.Join(Environment.NewLine, names.Order())}", timeout);
        }
    }

    /// <summary>Stops the run that is stuck, whose drain has half a second.</summary>
    internal Task StopStuckAsync() => _runs[1].TerminateAsync();

    public ValueTask DisposeAsync()
    {
        foreach (var run in _runs) run.Dispose();
        _prometheus?.Dispose();
        _bridge?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<IReadOnlyList<Sample>> AskAsync(string query)
    {
        while (true)
        {
            // The scrape to wait for is one that begins after the question, which cannot have known it.
            var next = _bridge!.NextScrapeAsync();
            if (await Prometheus.QueryAsync(query) is { Count: > 0 } samples) return samples;
            await next;
        }
    }
}
