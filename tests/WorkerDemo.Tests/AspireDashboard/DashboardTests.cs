using System.Text.RegularExpressions;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.AspireDashboard;

/// <summary>A user finds the worker in a real telemetry dashboard: its name, for whom puts wait, who got a value, and its log.</summary>
[Trait("Length", "long")]
public class DashboardTests
{
    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Worker_ExportsToADashboard_IsFoundThereByName(string protocol)
    {
        var picture = $"aspire-{protocol.Replace('/', '-')}";
        using var folder = new TempFolder();
        await File.WriteAllLinesAsync(folder.File("input.txt"), Enumerable.Range(1, 100_000).Select(i => $"line {i}").Prepend("an error"));
        await using var dashboard = await DashboardServer.StartAsync();
        await using var browser = await DashboardBrowser.OpenAsync(dashboard.Page);
        using var worker = WorkerProcess.Start(
            WorkerProgram.Managed,
            folder,
            new()
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = dashboard.Endpoints[protocol],
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            },
            ["--input", "input.txt", "--slow", "Journal=50", "--database", "events.db"]);

        await browser.GoToAsync("metrics/resource/WorkerDemo");
        await browser.Page.Locator("fluent-tree-item[title='streamx.backpressure.wait.duration']").ClickAsync();
        await DashboardBrowser.SeeAsync(browser.Rows("streamx.backpressure.gated_by", "Journal"));
        await DashboardBrowser.SeeAsync(browser.Page.Locator(".main-svg"));
        await browser.PictureAsync($"{picture}-metrics");
        // From here on nothing moves any more, and the last of it has been exported.
        await worker.TerminateAsync();
        var result = await worker.WaitForExitAsync();
        result.AssertExitCode(0);

        await browser.GoToAsync("traces");
        await browser.Rows("WorkerDemo: put events", @"WorkerDemo \(4\)").Last.ClickAsync();
        foreach (var consumer in (string[])["Journal", "Alerts", "Summary"])
            await DashboardBrowser.SeeAsync(browser.Rows($@"MSG streamx\s+events:{consumer}"));
        await browser.PictureAsync($"{picture}-trace");

        // An alert is logged while Alerts handles the value, so its line leads to the value's trace.
        var ids = Regex.Match(Assert.Single(result.Output, line => line.Contains("Alert: line 1: an error", StringComparison.Ordinal)), "[0-9a-f]{32}");
        await browser.GoToAsync("structuredlogs");
        await DashboardBrowser.SeeAsync(browser.Rows("WorkerDemo", @"Stream \S+ ended: Drained"));
        await browser.PictureAsync($"{picture}-logs");
        await browser.Rows("WorkerDemo", "Warning", "Alert: ").Locator($"a[href*='{ids.Value}']").ClickAsync();
        await DashboardBrowser.SeeAsync(browser.Rows(@"MSG streamx\s+events:Alerts"));
        Assert.Contains($"/traces/detail/{ids.Value}", browser.Page.Url, StringComparison.Ordinal);
    }
}
