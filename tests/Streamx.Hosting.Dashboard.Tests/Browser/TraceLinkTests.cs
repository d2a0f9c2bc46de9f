using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Streamx.Hosting.Dashboard.Tests.Support;
using static Microsoft.Playwright.Assertions;
using static Streamx.Hosting.Dashboard.Tests.Support.Statuses;

namespace Streamx.Hosting.Dashboard.Tests.Browser;

/// <summary>Links to the traces of failed values.</summary>
public class TraceLinkTests(BrowserFixture browser)
{
    private const string Last = "0af7651916cd43dd8448eb211c80319c";
    private const string Earlier = "4bf92f3577b34da6a3ce929d0e0e4736";

    private readonly ScriptedControl _control = new();

    [Fact]
    public async Task FailedValue_ApplicationSaysWhereTracesAre_IsLinked()
    {
        await using var host = await StartAsync("https://traces.example.org/trace/{traceId}?from={traceId}", Last);
        await using var page = await browser.OpenAsync(host);
        var card = page.Consumer("orders", "Ledger");

        await Expect(card.Locator(".failure a")).ToHaveAttributeAsync("href", $"https://traces.example.org/trace/{Last}?from={Last}");
        await Expect(card.Locator(".failure a")).ToHaveAttributeAsync("rel", "noreferrer");
        await card.Locator("summary").ClickAsync();
        await Expect(card.Locator(".failed-values a")).ToHaveAttributeAsync("href", $"https://traces.example.org/trace/{Earlier}?from={Earlier}");
        await page.SeeAsync(card.Locator(".failed-values li"), $"value 12 dead-lettered: IOException · trace {Earlier}");
        await page.PictureAsync("trace-links");
        Assert.Empty(await page.SeriousProblemsAsync());
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task SlowestValue_ApplicationTraces_IsLinked()
    {
        const string Traced = "traced";
        using var application = new ActivityListener
        {
            ShouldListenTo = source => source.Name == StreamxSources.ActivitySourceName,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(application);
        using var source = new ActivitySource(StreamxSources.ActivitySourceName);
        await using var host = await StartAsync("https://traces.example.org/{traceId}", Last);
        _control.Streams = [Named(Traced, _control.Streams[0])];
        await using var page = await browser.OpenAsync(host);
        var slowest = page.Consumer(Traced, "Ledger").Locator(".slowest");

        // The page hears of values that are handled while it is open, and not of the first that come as it opens.
        using var limit = new CancellationTokenSource(Bounded.Limit);
        while (await slowest.Locator("a").CountAsync() == 0)
        {
            KeyValuePair<string, object?>[] tags = [new(StreamxTags.StreamName, Traced), new(StreamxTags.ConsumerName, "Ledger")];
            using var value = source.StartActivity("process traced", ActivityKind.Consumer, default(ActivityContext), tags)!;
            value.SetEndTime(value.StartTimeUtc + TimeSpan.FromSeconds(3.2));
            value.Stop();
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }

        await page.SeeAsync(slowest, "slowest of the last minute 3.2 s · trace");
        await Expect(slowest.Locator("a")).ToHaveAttributeAsync("href", $"https://traces.example.org/{await slowest.Locator("a").InnerTextAsync()}");
        Assert.Empty(await page.SeriousProblemsAsync());
        Assert.Empty(page.Complaints);
    }

    [Theory]
    [InlineData(null, Last)]
    [InlineData("https://traces.example.org/{traceId}", "../evil")]
    public async Task FailedValue_NoAddressOrNoId_IsNotLinked(string? url, string id)
    {
        await using var host = await StartAsync(url, id);
        await using var page = await browser.OpenAsync(host);

        await page.SeeAsync(page.Consumer("orders", "Ledger").Locator(".failure"), $"· trace {id}");
        await Expect(page.Consumer("orders", "Ledger").Locator(".failure a")).ToHaveCountAsync(0);
        Assert.Empty(page.Complaints);
    }

    private Task<PageHost> StartAsync(string? url, string id)
    {
        var ledger = Consumer("Ledger", position: 20) with
        {
            LastFailure = Failure("The disk is full.") with { TraceId = id },
            FailedValues = [new StreamxFailedValue { Position = 12, WasDeadLettered = true, Failure = Failure("No.") with { TraceId = Earlier } }],
        };
        _control.Streams = [Stream(20, null, ledger)];
        return PageHost.StartAsync(
            isServed: true,
            register: builder => builder.Services.AddSingleton<IStreamxControl>(_control),
            options: page => (page.AllowLoopback, page.TraceUrl) = (true, url));
    }
}
