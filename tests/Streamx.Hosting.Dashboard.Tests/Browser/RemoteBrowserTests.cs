using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Streamx.Hosting.Dashboard.Tests.Support;
using static Microsoft.Playwright.Assertions;
using static Streamx.Hosting.Dashboard.Tests.Support.Statuses;

namespace Streamx.Hosting.Dashboard.Tests.Browser;

/// <summary>What the page shows of streams between processes.</summary>
public class RemoteBrowserTests(BrowserFixture browser)
{
    private readonly ScriptedControl _control = new();

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 400)]
    public async Task Leader_EveryNameHasALane_ThatSaysWhereItRuns(ColorScheme scheme, int width)
    {
        _control.Streams = [Leading(Name("Billing", 4, "shop.billing-7d4f9c6b5-x2x9k.worker", "shop.billing-7d4f9c6b5-q8zln.worker"), Name("Ledger", 0, "pod-0"), Name("Search", 16))];
        await using var host = await StartAsync();
        await using var page = await browser.OpenAsync(host, scheme, width);

        await page.SeeAsync(page.Lane("orders").Locator(".remote"), "this one ▶ leads, as pod-0");
        await page.SeeAsync(page.Consumer("orders", "Billing"), "runs in shop.billing-7d4f9c6b5-x2x9k.worker · ◌ standing by: shop.billing-7d4f9c6b5-q8zln.worker");
        await Expect(page.Consumer("orders", "Billing").Locator("dd").Last).ToHaveTextAsync("4");
        await page.SeeAsync(page.Consumer("orders", "Ledger"), "runs here");
        await page.SeeAsync(page.Consumer("orders", "Search"), "✖ no live process");
        await page.SeeAsync(page.Lane("orders").Locator(".headline"), "Search has no live process.");
        await page.SeeAsync(page.Page.Locator("#events"), "Search has no live process.");
        // Ledger runs in this process: it has one lane, that of the consumer.
        await Expect(page.Lane("orders").Locator(".consumers > li")).ToHaveCountAsync(3);
        if (width > 1000) await Expect(page.Page.Locator("path.edge")).ToHaveCountAsync(1 + 3);

        var scrolls = await page.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > document.documentElement.clientWidth");
        await page.PictureAsync($"remote-{scheme.ToString().ToLowerInvariant()}-{width}");
        Assert.False(scrolls, "The page has to be scrolled sideways.");
        Assert.Empty(await page.SeriousProblemsAsync());
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Leader_NameComesBack_LaneFollows()
    {
        _control.Streams = [Leading(Name("Ledger", 0, "pod-0"), Name("Search", 16))];
        await using var host = await StartAsync();
        await using var page = await browser.OpenAsync(host);
        await page.SeeAsync(page.Consumer("orders", "Search"), "no live process");

        _control.Streams = [Leading(Name("Ledger", 0, "pod-0"), Name("Search", 0, "pod-3"))];

        await page.SeeAsync(page.Consumer("orders", "Search"), "runs in pod-3");
        await page.SeeAsync(page.Lane("orders").Locator(".headline"), "Idle: nothing is put.");
        _control.Streams = [Leading(Name("Ledger", 0, "pod-0"))];
        await Expect(page.Lane("orders").Locator(".consumers > li")).ToHaveCountAsync(1);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Leader_PutsWaitForANameElsewhere_ItIsNamed()
    {
        var waiting = Leading(Name("Ledger", 0, "pod-0"), Name("Search", 16, "pod-3") with { IsGating = true });
        _control.Streams = [waiting with { Stream = waiting.Stream with { ValuesWaiting = 1, OldestWaitingPutAge = TimeSpan.FromSeconds(3) } }];
        await using var host = await StartAsync();
        await using var page = await browser.OpenAsync(host);

        await page.SeeAsync(page.Lane("orders").Locator(".headline"), "Search holds this stream.");
        await page.SeeAsync(page.Lane("orders").Locator(".ticker"), "s for Search");
        await page.SeeAsync(page.Consumer("orders", "Search"), "holds the stream");
        await Expect(page.Page).ToHaveTitleAsync("Search · Streams of Shop");
        Assert.DoesNotContain("holds the stream", await page.Consumer("orders", "Ledger").InnerTextAsync(), StringComparison.Ordinal);
        await page.PictureAsync("remote-held");
        Assert.Empty(await page.SeriousProblemsAsync());
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Standby_AndProcessWithoutASession_SayWhatTheyKnow()
    {
        var ledger = Name("Ledger", null) with { Processes = null };
        _control.Streams = [Leading(ledger) with { Remote = Statuses.Remote(leads: false, ledger) with { IsStandby = true } }];
        await using var host = await StartAsync();
        await using var page = await browser.OpenAsync(host);

        await page.SeeAsync(page.Lane("orders").Locator(".remote"), "this one ◌ stands by to lead, as pod-0");
        await page.SeeAsync(page.Lane("orders").Locator(".headline"), "Stands by: another process leads.");
        await page.SeeAsync(page.Consumer("orders", "Ledger"), "stands by here, or nothing has come yet");

        _control.Streams = [Leading(ledger) with { Remote = Statuses.Remote(leads: false, ledger) with { Problems = ["Ledger: RabbitMQ at broker cannot be reached."] } }];

        await page.SeeAsync(page.Lane("orders").Locator(".remote"), "▲ lacks a session, as pod-0");
        await page.SeeAsync(page.Lane("orders").Locator(".remote"), "✖ No session for Ledger: RabbitMQ at broker cannot be reached.");
        await page.SeeAsync(page.Lane("orders").Locator(".headline"), "No session with the other processes.");
        await page.PictureAsync("remote-lost");
        Assert.Empty(await page.SeriousProblemsAsync());
        Assert.Empty(page.Complaints);
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 400)]
    public async Task Leader_OtherProcessesReport_LanesShowHowTheirConsumersWork(ColorScheme scheme, int width)
    {
        var leading = Leading(Name("Billing", 4, "pod-3"), Name("Ledger", 0, "pod-2", "pod-0"), Name("Search", 0, "pod-4"));
        _control.Streams =
        [
            leading with
            {
                Remote = leading.Remote! with
                {
                    Reports =
                    [
                        Report("pod-2", Reported("Ledger", 0.4, 0.02)),
                        Report("pod-3", Reported("Billing", 0.97, 12.3, isStalled: true)),
                    ],
                },
            },
        ];
        await using var host = await StartAsync();
        await using var page = await browser.OpenAsync(host, scheme, width);

        var billing = page.Consumer("orders", "Billing");
        await page.SeeAsync(billing, "▲ stalled");
        await page.SeeAsync(billing, "runs in pod-3");
        await Expect(billing.GetByRole(AriaRole.Meter, new() { Name = "Busy" })).ToHaveAttributeAsync("aria-valuetext", "97 %");
        await Expect(billing.Locator("dd").First).ToHaveTextAsync("12.3 s");
        await page.SeeAsync(page.Consumer("orders", "Ledger"), "runs in pod-2 · ◌ standing by: pod-0 · busy 40 % there");
        await Expect(page.Consumer("orders", "Search").GetByRole(AriaRole.Meter, new() { Name = "Busy" })).ToHaveCountAsync(0);
        await page.SeeAsync(page.Lane("orders").Locator(".headline"), "Billing is stalled: it does not finish its value.");
        await Expect(page.Page).ToHaveTitleAsync("▲ Billing · Streams of Shop");
        var scrolls = await page.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > document.documentElement.clientWidth");
        await page.PictureAsync($"remote-reported-{scheme.ToString().ToLowerInvariant()}-{width}");
        Assert.False(scrolls, "The page has to be scrolled sideways.");
        Assert.Empty(await page.SeriousProblemsAsync());
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task ProcessThatDoesNotLead_OthersReport_ShowsEveryConsumerOfTheStream()
    {
        var leader = Report("pod-1") with
        {
            IsLeading = true,
            Names = [Name("Billing", 16, "pod-3") with { IsGating = true }, Name("Ledger", 0, "pod-0"), Name("Search", 9)],
        };
        var own = Name("Ledger", null, "pod-0") with { Processes = null };
        _control.Streams =
        [
            Stream(20, null, Consumer("Ledger", position: 20)) with
            {
                Remote = Statuses.Remote(leads: false, own) with { Reports = [leader, Report("pod-3", Reported("Billing", 1, 2.5))] },
            },
        ];
        await using var host = await StartAsync();
        await using var page = await browser.OpenAsync(host);

        await page.SeeAsync(page.Consumer("orders", "Billing"), "◷ a put waits for it");
        await page.SeeAsync(page.Consumer("orders", "Billing"), "runs in pod-3");
        await Expect(page.Consumer("orders", "Billing").Locator("dd")).ToHaveTextAsync(["2.5 s", "16"]);
        await page.SeeAsync(page.Consumer("orders", "Ledger"), "runs here");
        await page.SeeAsync(page.Consumer("orders", "Search"), "✖ no live process");
        await page.PictureAsync("remote-follower");
        Assert.Empty(await page.SeriousProblemsAsync());
        Assert.Empty(page.Complaints);
    }

    private static StreamxStreamStatus Leading(params StreamxRemoteName[] names) => Stream(20, null, Consumer("Ledger", position: 20)) with { Remote = Statuses.Remote(leads: true, names) };

    /// <summary>A host whose streams are what the test says.</summary>
    private Task<PageHost> StartAsync() => PageHost.StartAsync(isServed: true, register: builder => builder.Services.AddSingleton<IStreamxControl>(_control));
}
