using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Instruments;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.PromQl;

/// <summary>That the check finds what it is there to find.</summary>
public class QueryCheckTests
{
    [Theory]
    [InlineData("sum(rate(streamx_consumer_retries_total[5m])", "It does not parse.")]
    [InlineData("streamx_consumer_lag{", "It does not parse.")]
    [InlineData("streamx_consumer_lags", "There is no series 'streamx_consumer_lags'.")]
    [InlineData("rate(streamx_consumer_retries[5m])", "There is no series 'streamx_consumer_retries'.")]
    [InlineData("sum(streamx_consumer_lag) / sum(streamx_producer_time_total)", "There is no series 'streamx_producer_time_total'.")]
    [InlineData("{__name__=\"streamx_consumer_lag\"}", "There is no series")]
    [InlineData("streamx_consumer_lag{streamx_producer_name=\"x\"}", "'streamx_producer_name' is no label of 'streamx_consumer_lag'")]
    [InlineData("sum by (streamx_consumer_nane) (streamx_consumer_lag)", "'streamx_consumer_nane' is no label of 'by (streamx_consumer_nane)'")]
    [InlineData("sum by (job) (sum by (instance) (streamx_consumer_lag))", "'job' is no label of 'by (job)'")]
    [InlineData("sum without (le) (streamx_consumer_lag)", "'le' is no label")]
    [InlineData("sum(streamx_consumer_lag) > on (job) sum by (job) (streamx_consumer_lag)", "'job' is no label of 'on (job)'")]
    [InlineData("sum by (job) (streamx_consumer_lag) / sum by (instance) (streamx_consumer_lag)", "never match")]
    [InlineData("streamx_consumer_lag and sum by (job) (streamx_consumer_lag)", "never match")]
    [InlineData("streamx_consumer_lag unless ignoring (instance) sum by (job) (streamx_consumer_lag)", "never match")]
    [InlineData("histogram_quantile(0.9, sum by (job) (rate(streamx_stream_close_duration_seconds_bucket[5m])))", "has lost its 'le'")]
    [InlineData("label_replace(streamx_consumer_lag, \"x\", \"$1\", \"streamx_worker_name\", \"(.+)\")", "is no label of 'streamx_consumer_lag'")]
    public async Task Run_WrongQuery_SaysWhy(string query, string problem)
    {
        var findings = await CheckAsync(query);

        Assert.Contains(problem, string.Join('\n', findings.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sum(streamx_consumer_lag)", "")]
    [InlineData("1 + 1", "")]
    [InlineData("topk(3, sum by (job, instance) (streamx_consumer_lag))", "instance job")]
    [InlineData("sum without (job, streamx_stream_name) (streamx_consumer_active) > 0", "instance")]
    [InlineData("histogram_quantile(0.9, sum by (le, job) (rate(streamx_stream_close_duration_seconds_bucket[5m])))", "job")]
    [InlineData("sum by (job, instance) (streamx_consumer_lag) / on (job) sum by (job) (streamx_consumer_lag)", "job")]
    [InlineData("sum by (job, instance) (streamx_consumer_lag) / on (job) group_left () sum by (job) (streamx_consumer_lag)", "instance job")]
    [InlineData("sum by (job, instance) (streamx_consumer_lag) and on (job) sum by (job) (streamx_consumer_lag)", "instance job")]
    [InlineData("sum by (job) (streamx_consumer_lag) or sum by (instance) (streamx_consumer_lag)", "instance job")]
    [InlineData("sum by (x) (label_replace(streamx_consumer_lag, \"x\", \"$1\", \"job\", \"(.+)\"))", "x")]
    [InlineData("sum by (job) (max_over_time(streamx_consumer_lag[5m:1m] offset 1m))", "job")]
    public async Task Run_RightQuery_KnowsTheLabelsOfItsResult(string query, string labels)
    {
        var findings = await CheckAsync(query);

        Assert.Empty(findings.Problems);
        Assert.Equal(labels, string.Join(' ', findings.Labels.Order()));
    }

    private static async Task<QueryFindings> CheckAsync(string query) => QueryCheck.Run((await PromQlParser.ParseAsync([query]))[0], InstrumentTable.Series);
}
