using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Streamx.Hosting.Dashboard.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Streamx.Hosting.Dashboard.Tests.Browser;

public class BrowserTests(BrowserFixture browser)
{
    [Fact]
    public async Task Lanes_ShowWhoPutsAndWhoTakes()
    {
        await using var host = await PageHost.StartAsync(isServed: true);
        await using var page = await browser.OpenAsync(host);

        await page.SeeAsync(page.Lane("orders").Locator(".producers"), "Feed");
        await page.SeeAsync(page.Consumer("orders", "Ledger"), "idle");
        await page.SeeAsync(page.Consumer("orders", "Printer"), "idle");
        await page.SeeAsync(page.Lane("orders").Locator(".headline"), "Idle: nothing is put.");
        await Expect(page.Page).ToHaveTitleAsync("Streams of Shop");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task ConsumerBecomesSlow_IsNamedWithinFiveSeconds_InWordsAndNotByColourAlone()
    {
        var slow = new SlowConsumer();
        await using var host = await PageHost.StartAsync(isServed: true, ledger: slow.ConsumeAsync, register: slow.AddFeed);
        await using var page = await browser.OpenAsync(host);
        await page.SeeAsync(page.Lane("orders").Locator(".headline"), "Flowing");
        using var client = host.CreateClient();
        using var live = await client.GetAsync(new Uri("/streamx/api/live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead).WithinAsync();
        await using var frames = SseParser.Create(await live.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();

        var since = TimeProvider.System.GetUtcNow();
        slow.IsSlow = true;
        JsonNode? frame = null;
        while ((string?)frame?["streams"]?[0]?["heldBy"] != "Ledger")
        {
            Assert.True(await frames.MoveNextAsync().AsTask().WithinAsync());
            frame = JsonNode.Parse(frames.Current.Data);
        }

        // What the server says: how long a browser takes to show it on a busy machine is not the page's.
        Assert.InRange((DateTimeOffset)frame["time"]! - since, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await page.SeeAsync(page.Lane("orders").Locator(".headline"), "Ledger holds this stream.");
        await page.SeeAsync(page.Lane("orders").Locator(".ticker"), "Ledger");
        await page.SeeAsync(page.Consumer("orders", "Ledger"), "holds the stream");
        await Expect(page.Page).ToHaveTitleAsync("Ledger · Streams of Shop");
        Assert.DoesNotContain("holds the stream", await page.Consumer("orders", "Printer").InnerTextAsync(), StringComparison.Ordinal);
        await page.PictureAsync("held-light");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task PutWaits_TheLiveLineSaysHowLongAndForWhom()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await PageHost.StartAsync(isServed: true, ledger: async (_, _) => await release.Task);
        await host.Orders.PutAsync(1);
        var waiting = host.Orders.PutAsync(2).AsTask();
        await using var page = await browser.OpenAsync(host);

        var line = page.Lane("orders").Locator(".ticker");
        await Expect(line).ToContainTextAsync(new System.Text.RegularExpressions.Regex(@"put waiting [\d.]+ s for Ledger"), new() { Timeout = 90_000 });
        Assert.Equal("Ledger", await line.Locator("strong").InnerTextAsync());

        release.SetResult();
        await waiting.WithinAsync();
        await Expect(line).ToBeEmptyAsync(new() { Timeout = 90_000 });
    }

    [Fact]
    public async Task ConsumerWithSlots_ShowsHowManyAreBusy()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await PageHost.StartAsync(isServed: true, register: builder => builder.Services
            .AddStreamx<string>("mails", stream => stream.Window = 16)
            .AddConsumer("Mailer", async (_, _) => await release.Task, consumer => consumer.Concurrency = 8));
        var mails = host.App.Services.GetRequiredKeyedService<IStreamWriter<string>>("mails");
        for (var number = 0; number < 5; number++) await mails.PutAsync("mail");
        await using var page = await browser.OpenAsync(host);

        await page.SeeAsync(page.Consumer("mails", "Mailer"), "5 of 8 busy");
        for (var number = 0; number < 5; number++) await mails.PutAsync("mail");
        await page.SeeAsync(page.Consumer("mails", "Mailer"), "8 of 8 busy");
        release.SetResult();
        await page.SeeAsync(page.Consumer("mails", "Mailer"), "0 of 8 busy");
        await Expect(page.Consumer("orders", "Ledger")).Not.ToContainTextAsync("busy");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Streams_WithAProcessor_AreDrawnAsTheGraphTheyForm()
    {
        await using var host = await PageHost.StartAsync(isServed: true, register: builder =>
        {
            builder.Services.AddStreamx<int>("orders").AddProcessor<string, Invoicing>();
            builder.Services.AddStreamx<string>("invoices").AddConsumer("Archive", (_, _) => default);
        });
        await using var page = await browser.OpenAsync(host);

        await page.SeeAsync(page.Consumer("orders", "Invoicing"), "into invoices");
        await page.SeeAsync(page.Lane("invoices").Locator(".producers"), "from orders");
        Assert.Equal(["orders", "invoices"], await page.Page.Locator(".lane h2").AllInnerTextsAsync());
        await Expect(page.Page.Locator("path.edge.link")).ToHaveCountAsync(1);
        // A line for each producer, processor and consumer, and the one between the streams.
        await Expect(page.Page.Locator("path.edge")).ToHaveCountAsync(1 + 3 + 1 + 1 + 1);
        await host.Orders.PutAsync(1);
        await page.PictureAsync("graph");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Charts_OfManyConsumers_RepeatNoColour()
    {
        await using var host = await PageHost.StartAsync(isServed: true, register: builder =>
        {
            for (var number = 0; number < 22; number++) builder.Services.AddStreamx<int>("orders").AddConsumer($"Consumer {number}", (_, _) => default);
        });
        await using var page = await browser.OpenAsync(host);
        await Expect(page.Lane("orders").Locator("figure").Last.Locator(".sample")).ToHaveCountAsync(24);

        var colours = await page.Page.EvaluateAsync<string[]>("() => [...[...document.querySelectorAll('.lane figure')].at(-1).querySelectorAll('.sample')].map(line => getComputedStyle(line).stroke)");

        Assert.Equal(24, colours.Distinct().Count());
        await page.PictureAsync("many-consumers");
    }

    [Fact]
    public async Task ServerIsStartedAgain_BannerComesAndGoes()
    {
        var host = await PageHost.StartAsync(isServed: true);
        var url = host.App.Urls.First();
        await using var page = await browser.OpenAsync(host);
        await Expect(page.Page.Locator("#banner")).ToBeHiddenAsync();

        await host.DisposeAsync();
        await page.SeeAsync(page.Page.Locator("#banner"), "Trying again");
        await page.SeeAsync(page.Page.Locator("#connection"), "Not connected");
        await page.PictureAsync("disconnected");
        await using var next = await PageHost.StartAsync(isServed: true, url: url);
        await next.Control.DetachAsync("orders", "Ledger");

        await page.SeeAsync(page.Page.Locator("#connection"), "Live");
        await Expect(page.Page.Locator("#banner")).ToBeHiddenAsync();
        await page.SeeAsync(page.Consumer("orders", "Ledger"), "detached");
        await page.SeeAsync(page.Page.Locator("#events"), "Ledger was detached by an operator.");
        // The browser itself tells of every connection that was refused.
        Assert.DoesNotContain(page.Complaints, complaint => !complaint.Contains("net::ERR_", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 400)]
    [InlineData(ColorScheme.Dark, 400)]
    public async Task Page_InEveryLook_FitsAndIsAccessible(ColorScheme scheme, int width)
    {
        var slow = new SlowConsumer { IsSlow = true };
        await using var host = await PageHost.StartAsync(
            isServed: true, ledger: slow.ConsumeAsync, register: slow.AddFeed, allowControl: true, configure: group => group.RequireAuthorization());
        await using var page = await browser.OpenAsync(host, scheme, width, user: "ada");
        await page.SeeAsync(page.Lane("orders").Locator(".headline"), "Ledger holds this stream.");
        await Expect(page.Page.Locator("button[data-action=pause]").First).ToBeVisibleAsync();
        await host.Control.DetachAsync("orders", "Printer");
        await page.SeeAsync(page.Page.Locator("#events"), "Printer was detached by an operator.");

        var problems = await page.SeriousProblemsAsync();
        var isDark = await page.Page.EvaluateAsync<bool>("() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(part => Number(part) < 80)");
        var scrolls = await page.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > document.documentElement.clientWidth");
        await page.PictureAsync($"{scheme.ToString().ToLowerInvariant()}-{width}");

        Assert.Empty(problems);
        Assert.Equal(scheme == ColorScheme.Dark, isDark);
        Assert.False(scrolls, "The page has to be scrolled sideways.");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Keyboard_ReachesEverything_AndConfirmsWhatLosesValues()
    {
        await using var host = await PageHost.StartAsync(isServed: true, allowControl: true, configure: group => group.RequireAuthorization());
        await using var page = await browser.OpenAsync(host, user: "ada");
        await Expect(page.Page.Locator("button[data-action=pause]")).ToBeVisibleAsync();
        var keyboard = page.Page.Keyboard;

        await keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the streams", await FocusedAsync(page.Page));
        await keyboard.PressAsync("Enter");
        await TabToAsync(page.Page, "Pause Feed");
        await keyboard.PressAsync("Enter");
        await page.SeeAsync(page.Lane("orders").Locator(".producers"), "paused");
        await TabToAsync(page.Page, "Detach Ledger");
        await keyboard.PressAsync("Enter");
        await page.SeeAsync(page.Page.Locator("dialog"), "never sees what is put");
        Assert.Equal("Cancel", await FocusedAsync(page.Page));
        await keyboard.PressAsync("Escape");
        await Expect(page.Page.Locator("dialog")).ToBeHiddenAsync();
        var afterEscape = host.Control.GetStreams()[0].Consumers[0].State;
        Assert.Equal("Detach Ledger", await FocusedAsync(page.Page));
        await keyboard.PressAsync("Enter");
        await TabToAsync(page.Page, "Detach");
        await keyboard.PressAsync("Enter");

        await page.SeeAsync(page.Consumer("orders", "Ledger"), "detached");
        await Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Attach Ledger" })).ToBeVisibleAsync();
        Assert.Equal(StreamxConsumerState.Idle, afterEscape);
        Assert.Empty(page.Complaints);
    }

    /// <summary>The browser announces the first close only when the question has been asked again.</summary>
    [Fact]
    public async Task Dialog_AskedAgainAtOnce_TheLastAnswerCounts()
    {
        await using var host = await PageHost.StartAsync(isServed: true, allowControl: true, configure: group => group.RequireAuthorization());
        await using var page = await browser.OpenAsync(host, user: "ada");
        await Expect(page.Page.Locator("button[data-action=detach]").First).ToBeVisibleAsync();

        await page.Page.EvaluateAsync("""
            () => {
                const button = document.querySelector('button[data-action=detach]');
                button.click();
                document.getElementById('confirm').close();
                button.click();
            }
            """);
        await page.Page.Locator("#confirm-yes").ClickAsync();

        await page.SeeAsync(page.Consumer("orders", "Ledger"), "detached");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task ReadOnlyPage_HasNoButtons()
    {
        await using var host = await PageHost.StartAsync(isServed: true);
        await using var page = await browser.OpenAsync(host);
        await page.SeeAsync(page.Consumer("orders", "Ledger"), "idle");

        // The log of events can be reached, so that it can be scrolled.
        await TabToAsync(page.Page, "Events");

        await Expect(page.Page.Locator("main button")).ToHaveCountAsync(0);
        Assert.Empty(page.Complaints);
    }

    /// <summary>The name of what has the focus.</summary>
    private static Task<string> FocusedAsync(IPage page) =>
        page.EvaluateAsync<string>("() => document.activeElement.getAttribute('aria-label') ?? document.getElementById(document.activeElement.getAttribute('aria-labelledby'))?.textContent ?? document.activeElement.textContent");

    private static async Task TabToAsync(IPage page, string name)
    {
        for (var steps = 0; steps < 40; steps++)
        {
            if (await FocusedAsync(page) == name) return;
            await page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"'{name}' cannot be reached with the Tab key.");
    }
}
