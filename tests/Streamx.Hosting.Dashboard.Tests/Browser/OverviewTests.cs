using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Streamx.Hosting.Dashboard.Tests.Support;
using static Microsoft.Playwright.Assertions;
using static Streamx.Hosting.Dashboard.Tests.Support.Statuses;

namespace Streamx.Hosting.Dashboard.Tests.Browser;

/// <summary>Many streams on one page. The host's time stands still, so the page shows one state.</summary>
public class OverviewTests(BrowserFixture browser)
{
    private static readonly StreamxConsumerStatus s_ledger = Consumer("Ledger", position: 20);
    private readonly ScriptedControl _control = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task TwelveStreams_OneInTrouble_IsSeenWithoutScrolling_AndTheRestIsFolded()
    {
        _control.Streams = Streams(12, Stream(21, TimeSpan.FromSeconds(22), Consumer("Ledger", holds: true, isGating: true, position: 20) with { IsStalled = true }));
        await using var host = await StartAsync();
        await using var page = await OpenAsync(host);

        await page.SeeAsync(page.Page.Locator(".overview li").First, "stream 9");
        await page.SeeAsync(page.Page.Locator(".overview li").First, "Ledger is stalled");
        await Expect(page.Page.Locator(".overview li")).ToHaveCountAsync(12);
        await Expect(page.Page.Locator(".lane:not([data-folded])")).ToHaveCountAsync(1);
        await Expect(page.Page.Locator(".overview li").First).ToBeInViewportAsync();
        var height = await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollHeight");
        await page.PictureAsync("twelve-streams");

        Assert.InRange(height, 1, 2500);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Tile_Enter_OpensTheStream_AndMovesTheFocusThere()
    {
        _control.Streams = Streams(12, Stream(20, null, s_ledger));
        await using var host = await StartAsync();
        await using var page = await OpenAsync(host);
        var lane = page.Lane("stream 11");
        await Expect(lane.Locator(".flow")).ToBeHiddenAsync();

        await page.Page.Locator("[data-tile='stream 11'] a").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");

        await Expect(lane.Locator(".flow")).ToBeVisibleAsync();
        await Expect(lane.Locator("h2")).ToBeFocusedAsync();
        await Expect(lane.Locator("h2")).ToBeInViewportAsync();
        await page.Page.Keyboard.PressAsync("Tab");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(lane.Locator(".flow")).ToBeHiddenAsync();
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Search_MoreThanTwentyStreams_LeavesThoseWithTheText()
    {
        _control.Streams = Streams(24, Stream(20, null, s_ledger));
        await using var host = await StartAsync();
        await using var page = await OpenAsync(host);

        await page.Page.GetByLabel("Find a stream").FillAsync("AM 2");

        await Expect(page.Page.Locator(".overview li")).ToHaveCountAsync(6);
        await Expect(page.Page.Locator(".lane:visible")).ToHaveCountAsync(6);
        await page.SeeAsync(page.Page.Locator("#found"), "6 of 24 streams");
        await page.PictureAsync("search");
        Assert.Empty(await page.SeriousProblemsAsync());
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task FewStreams_AreNeitherFoldedNorSearched()
    {
        _control.Streams = Streams(3, Stream(20, null, s_ledger));
        await using var host = await StartAsync();
        await using var page = await OpenAsync(host);

        await Expect(page.Page.Locator(".flow:visible")).ToHaveCountAsync(3);
        await Expect(page.Page.GetByLabel("Find a stream")).ToBeHiddenAsync();
        await Expect(page.Page.Locator("main button")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task ConsumerThatFailedAndLeft_IsDetached_NotFailing()
    {
        var well = Stream(20, null, s_ledger);
        _control.Streams = [well];
        await using var host = await StartAsync();
        await using var page = await OpenAsync(host);
        var left = s_ledger with { State = StreamxConsumerState.Detached, DetachCause = StreamxDetachCause.Failure, Faults = 1 };

        _control.Streams = [well with { Consumers = [left with { LastFailure = Failure("The disk is full.") with { Position = 20 } }] }];
        _time.Advance(TimeSpan.FromSeconds(1));

        await page.SeeAsync(page.Lane("orders").Locator(".headline"), "Ledger is detached: it gets no values.");
        await page.SeeAsync(page.Page.Locator("#events"), "Ledger failed at position 20 and was detached. IOException");
    }

    [Fact]
    public async Task HolderThatFails_IsSaidToDoBoth()
    {
        var held = Stream(21, TimeSpan.FromSeconds(3), Consumer("Ledger", holds: true, isGating: true, position: 20) with { State = StreamxConsumerState.RetryWait });
        _control.Streams = [held];
        await using var host = await StartAsync();
        await using var page = await OpenAsync(host);

        await page.SeeAsync(page.Lane("orders").Locator(".headline"), "Ledger holds this stream. It fails on values.");
    }

    [Fact]
    public async Task StreamThatHasFaulted_SaysWhyAndWhichConsumerDelaysTheStop()
    {
        var failed = s_ledger with { State = StreamxConsumerState.Failed, LastFailure = Failure("The disk is full."), Faults = 1 };
        var status = Stream(21, null, failed, Consumer("Printer", holds: true, position: 18)) with { DrainTimeLeft = TimeSpan.FromSeconds(12) };
        _control.Streams = [status with { Stream = status.Stream with { State = StreamState.Faulted } }];
        await using var host = await StartAsync();
        await using var page = await OpenAsync(host);

        await page.SeeAsync(page.Lane("orders").Locator(".headline"), "Ledger failed. The stream has faulted.");
        await page.SeeAsync(page.Lane("orders").Locator(".ticker"), "Ledger failed with IOException · Printer has ");
        await page.SeeAsync(page.Lane("orders").Locator(".ticker"), "aborted in ");
        await Expect(page.Consumer("orders", "Printer").Locator(".tag")).ToBeHiddenAsync();
    }

    [Theory]
    [InlineData(true, "IOException: The disk is full.")]
    [InlineData(false, "IOException")]
    public async Task Failure_IsShownWithItsMessage_OnlyToReadersWhoMayControl(bool mayControl, string reason)
    {
        _control.Streams =
        [
            Stream(20, null, s_ledger with { State = StreamxConsumerState.Detached, DetachCause = StreamxDetachCause.Failure, LastFailure = Failure("The disk is full.") }),
        ];
        await using var host = await StartAsync(mayControl);
        await using var page = await OpenAsync(host, mayControl ? "ada" : null);

        await page.SeeAsync(page.Consumer("orders", "Ledger").Locator(".failure"), reason);
        await page.SeeAsync(page.Page.Locator("#events"), $"Ledger failed and was detached. {reason}");
        await page.SeeAsync(page.Lane("orders").Locator(".ticker"), $"Ledger was detached when it failed with {reason}");

        Assert.Equal(mayControl, (await page.Page.ContentAsync()).Contains("disk", StringComparison.Ordinal));
    }

    /// <summary>Streams of which the ninth, if there are so many, is as given.</summary>
    private static IReadOnlyList<StreamxStreamStatus> Streams(int count, StreamxStreamStatus ninth) =>
        [.. Enumerable.Range(1, count).Select(number => Named($"stream {number}", number == 9 ? ninth : Stream(20, null, s_ledger, Consumer("Printer", position: 20))))];

    private async Task<OpenPage> OpenAsync(PageHost host, string? user = null)
    {
        // Frames do not come while the host's time stands still, and the page would take that for a lost connection.
        var page = await browser.CreateAsync(user: user);
        await page.Page.AddInitScriptAsync("window.setInterval = () => 0;");
        await page.GoAsync($"{host.App.Urls.First()}/streamx");
        await page.SeeAsync(page.Page.Locator("#connection"), "Live");
        return page;
    }

    private Task<PageHost> StartAsync(bool mayControl = false) => PageHost.StartAsync(
        isServed: true,
        allowControl: mayControl,
        configure: mayControl ? group => group.RequireAuthorization() : null,
        register: builder =>
        {
            builder.Services.AddSingleton<IStreamxControl>(_control);
            builder.Services.AddSingleton<TimeProvider>(_time);
        });
}
