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
            ["--slow", "Journal=50", "--database", "events.db"]);

        await browser.GoToAsync("metrics/resource/WorkerDemo");
        await browser.Page.Locator("fluent-tree-item[title='streamx.backpressure.wait.duration']").ClickAsync();
        await DashboardBrowser.SeeAsync(browser.Rows("streamx.backpressure.gated_by", "Journal"));
        await DashboardBrowser.SeeAsync(browser.Page.Locator(".main-svg"));
        await browser.PictureAsync($"{picture}-metrics");
        // From here on nothing moves any more, and the last of it has been exported.
        await worker.TerminateAsync();
        (await worker.WaitForExitAsync()).AssertExitCode(0);

        await browser.GoToAsync("structuredlogs");
        await DashboardBrowser.SeeAsync(browser.Rows("WorkerDemo", @"Stream \S+ ended: Drained"));
        await browser.PictureAsync($"{picture}-logs");

        await browser.GoToAsync("traces");
        await browser.Rows("WorkerDemo: put events", @"WorkerDemo \(4\)").Last.ClickAsync();
        foreach (var consumer in (string[])["Journal", "Alerts", "Summary"])
            await DashboardBrowser.SeeAsync(browser.Rows($@"MSG streamx\s+events:{consumer}"));
        await browser.PictureAsync($"{picture}-trace");
    }
}
