using System.Text.RegularExpressions;
using WorkerDemo.Tests.Otlp;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

/// <summary>The framework's metrics and traces as a collector gets them from the sample.</summary>
public abstract class StreamxExportTests(WorkerProgram program) : ProgramTests(program)
{
    private const string Scope = "Streamx.Hosting";

    private static readonly OtlpData s_counter = new("sum", "cumulative", IsMonotonic: true);
    private static readonly OtlpData s_upDownCounter = new("sum", "cumulative", IsMonotonic: false);
    private static readonly OtlpData s_gauge = new("gauge", "", IsMonotonic: false);
    private static readonly OtlpData s_histogram = new("histogram", "cumulative", IsMonotonic: false);

    /// <summary>Every instrument of a run in which something is tried again, and its unit and kind.</summary>
    private static readonly (string Name, string Unit, OtlpData Data)[] s_instruments =
    [
        ("streamx.backpressure.marginal.time", "s", s_counter),
        ("streamx.backpressure.wait.duration", "s", s_histogram),
        ("streamx.consumer.active", "{consumer}", s_upDownCounter),
        ("streamx.consumer.concurrency", "{slot}", s_gauge),
        ("streamx.consumer.item.age", "s", s_gauge),
        ("streamx.consumer.items", "{item}", s_counter),
        ("streamx.consumer.lag", "{item}", s_gauge),
        ("streamx.consumer.process.duration", "s", s_histogram),
        ("streamx.consumer.retries", "{retry}", s_counter),
        ("streamx.consumer.time", "s", s_counter),
        ("streamx.producer.active", "{producer}", s_upDownCounter),
        ("streamx.producer.time", "s", s_counter),
        ("streamx.stream.close.duration", "s", s_histogram),
        ("streamx.stream.status", "1", s_upDownCounter),
        ("streamx.stream.undelivered", "{item}", s_counter),
    ];

    public sealed class Managed() : StreamxExportTests(WorkerProgram.Managed);

    [Trait("Length", "long")]
    public sealed class Native() : StreamxExportTests(WorkerProgram.Native);

    [Fact]
    public async Task Run_ToItsEnd_ExportsTheInstrumentsOfTheContract()
    {
        using var folder = new TempFolder();
        await using var collector = await OtlpCollector.StartAsync();
        var environment = collector.Environment;
        environment["OTEL_SERVICE_NAME"] = "watcher";
        using var worker = Start(
            folder, environment, ["--input", "-", "--slow", "Alerts=1", "--database", "events.db", "--set", "Streamx:events:Consumers:Journal:Retry:MaxAttempts=100000"]);
        await worker.WaitForLineAsync(line => line.Contains("starts with window", StringComparison.Ordinal));
        folder.BreakJournal();
        for (var i = 1; i <= 2000; i++) await worker.Input.WriteLineAsync($"{i}").WaitAsync(WorkerProcess.Limit);
        await worker.Input.FlushAsync();
        await worker.WaitForLineAsync(line => line.Contains("tries again", StringComparison.Ordinal));
        folder.MendJournal();

        (await worker.WaitForExitAsync()).AssertExitCode(0);
        var metrics = collector.Taken.Metrics.Where(metric => metric.Scope == Scope).ToList();

        Assert.Equal(s_instruments, metrics.Select(metric => (metric.Name, metric.Unit, metric.Data)).Distinct().OrderBy(metric => metric.Name, StringComparer.Ordinal));
        Assert.All(metrics, metric => Assert.Equal("watcher", metric.Resource["service.name"]));
        Assert.All(metrics.SelectMany(metric => metric.Points), point => Assert.Equal("events", point.Tags["streamx.stream.name"]));
        var items = metrics.Last(metric => metric.Name == "streamx.consumer.items").Points.Where(point => point.Tags["streamx.item.outcome"] == "finished");
        Assert.Equal(["Alerts 2000", "Journal 2000", "Summary 2000"], items.Select(point => $"{point.Tags["streamx.consumer.name"]} {point.Value}").Order());
        var waits = metrics.Last(metric => metric.Name == "streamx.backpressure.wait.duration").Points;
        Assert.Equal(2000, waits.Sum(point => point.Count));
        Assert.All(waits, point => Assert.Equal((.0001, 60, 17), (point.Bounds[0], point.Bounds[^1], point.Bounds.Count)));
        Assert.True(waits.Where(point => point.Tags.GetValueOrDefault("streamx.backpressure.gated_by") == "Alerts").Sum(point => point.Value) > 0.5 * waits.Sum(point => point.Value));
    }

    [Fact]
    public async Task Run_WithItsStreamInAFile_ExportsTheInstrumentsOfTheDatabase()
    {
        using var folder = new TempFolder();
        await using var collector = await OtlpCollector.StartAsync();
        var environment = collector.Environment;
        environment["OTEL_METRIC_EXPORT_INTERVAL"] = "100";
        using var worker = Start(folder, environment, ["--input", "-", "--durable", "stream.db"]);
        for (var i = 1; i <= 40; i++) await worker.Input.WriteLineAsync($"{i}").WaitAsync(WorkerProcess.Limit);
        await worker.Input.FlushAsync();
        // Only the process that leads counts what is kept: at the last export it has handed that over.
        await collector.WaitForAsync(metric => metric.Name == "streamx.sql.kept");

        (await worker.WaitForExitAsync()).AssertExitCode(0);
        var metrics = collector.Taken.Metrics.Where(metric => metric.Scope == $"{Scope}.Sql").ToList();

        Assert.Equal(
            [
                ("streamx.sql.append.duration", "s", s_histogram), ("streamx.sql.append.values", "{item}", s_histogram),
                ("streamx.sql.kept", "{item}", s_gauge), ("streamx.sql.position.duration", "s", s_histogram),
            ],
            metrics.Select(metric => (metric.Name, metric.Unit, metric.Data)).Distinct()
                .OrderBy(metric => metric.Name, StringComparer.Ordinal));
        Assert.All(metrics.SelectMany(metric => metric.Points), point => Assert.Equal("events", point.Tags["streamx.stream.name"]));
        // The end of the stream is stored as well, and is no value.
        Assert.Equal(40, metrics.Last(metric => metric.Name == "streamx.sql.append.values").Points.Sum(point => point.Value));
    }

    [Fact]
    public async Task Stall_WhileItLasts_ShowsInAgeAndPutWait()
    {
        using var folder = new TempFolder();
        await using var collector = await OtlpCollector.StartAsync();
        var environment = collector.Environment;
        environment["OTEL_METRIC_EXPORT_INTERVAL"] = "100";
        using var worker = Start(
            folder, environment, ["--input", folder.Lines(1000), "--slow", "Journal=3600000", "--database", "events.db"]);

        // The others are done once the window is full, and only the stalled one holds a value.
        await collector.WaitForAsync(metric => metric.Name == "streamx.consumer.item.age"
            && metric.Points.Count == 3 && metric.Points.All(point => point.Tags["streamx.consumer.name"] == "Journal" ? point.Value > 1 : point.Value == 0));
        var waiting = await collector.WaitForAsync(metric => metric.Name == "streamx.producer.time" && metric.Points.Any(point => IsWaiting(point) && point.Value > 1));

        Assert.Equal("LineReader", Assert.Single(waiting.Points, IsWaiting).Tags["streamx.producer.name"]);

        static bool IsWaiting(OtlpPoint point) => point.Tags["streamx.producer.state"] == "put_wait";
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task LogLine_OfAConsumer_CarriesTheIdsOfItsSpan(bool inContainer)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("input.txt"), "an error\n");
        await using var collector = await OtlpCollector.StartAsync();
        var environment = collector.Environment;
        environment["DOTNET_RUNNING_IN_CONTAINER"] = $"{inContainer}";
        using var worker = Start(folder, environment, ["--input", "input.txt", "--database", "events.db"]);

        var result = await worker.WaitForExitAsync();
        result.AssertExitCode(0);
        var spans = collector.Taken.Spans.Where(span => span.Scope == Scope).ToList();

        var put = Assert.Single(spans, span => span.Name == "put events");
        var processed = spans.Where(span => span.Name.StartsWith("process events:", StringComparison.Ordinal)).ToList();
        Assert.Equal(("producer", ""), (put.Kind, put.ParentId));
        Assert.Equal(3, processed.Count);
        Assert.All(processed, span => Assert.Equal(("consumer", put.TraceId), (span.Kind, span.TraceId)));
        var alert = Assert.Single(result.Output, line => line.Contains("Alert: ", StringComparison.Ordinal));
        var ids = inContainer
            ? Regex.Match(alert, "\"TraceId\":\"(?<trace>[0-9a-f]{32})\",\"SpanId\":\"(?<span>[0-9a-f]{16})\"")
            : Regex.Match(alert, " (?<trace>[0-9a-f]{32}) (?<span>[0-9a-f]{16})$");
        Assert.Equal(put.TraceId, ids.Groups["trace"].Value);
        Assert.Contains(ids.Groups["span"].Value, processed.Select(span => span.SpanId));
        var exported = Assert.Single(collector.Taken.Logs, log => log.Text.StartsWith("Alert: ", StringComparison.Ordinal));
        Assert.Equal(
            ("Alert: \"line 1: an error\"", "Warning", "WorkerDemo.Alerts", put.TraceId, ids.Groups["span"].Value),
            (exported.Text, exported.Severity, exported.Scope, exported.TraceId, exported.SpanId));
    }
}
