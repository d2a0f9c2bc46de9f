using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;
using Streamx.Hosting.Dashboard.Tests.Support;
using static Streamx.Hosting.Dashboard.Tests.Support.Statuses;

namespace Streamx.Hosting.Dashboard.Tests.Browser;

/// <summary>What the page is like at the first paint of each state. The host's time stands still, so no second frame comes.</summary>
public class FirstPaintTests(BrowserFixture browser)
{
    private readonly ScriptedControl _control = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    /// <summary>Each state by the name of its picture, what is read there, and the streams that are in it.</summary>
    private static IEnumerable<(string State, string Text, IReadOnlyList<StreamxStreamStatus> Streams)> States()
    {
        var ledger = Consumer("Ledger", position: 20);
        var holding = Consumer("Ledger", holds: true, isGating: true, position: 20);
        var stream = Stream(20, null, ledger, Consumer("Printer", position: 20));
        var waiting = Stream(21, TimeSpan.FromSeconds(3), holding, Consumer("Printer", position: 21));
        yield return ("empty", "No stream has been seen yet.", []);
        yield return ("without-data", "Idle: nothing is put.", [stream]);
        yield return ("waiting", "Ledger holds this stream.", [waiting]);
        yield return ("held-through-a-stage", "Mailer of invoices holds this stream, through Invoicing.", [
            Stream(21, TimeSpan.FromSeconds(3), Consumer("Invoicing", holds: true, isGating: true, position: 20) with { State = StreamxConsumerState.OutputWait, OutputStream = "invoices", WaitsIn = "invoices" })
                with { Holder = Holder("invoices", "Mailer", "Invoicing") },
            Stream(20, TimeSpan.FromSeconds(3), Consumer("Mailer", holds: true, isGating: true, position: 19)) with { Name = "invoices", Producers = [], Holder = Holder("invoices", "Mailer") },
        ]);
        var failure = Failure("The disk is full.") with { Position = 20 };
        yield return ("blocked-producer", "waiting 22.0 s in its put", [waiting with { Producers = [waiting.Producers[0] with { WaitingFor = TimeSpan.FromSeconds(22), ValuesPut = 21 }] }]);
        yield return ("failing", "value 20: IOException", [stream with { Consumers = [ledger with { State = StreamxConsumerState.RetryWait, Retries = 7, LastFailure = failure }] }]);
        yield return ("dead-letters", "value 16 dead-lettered: IOException", [stream with { Consumers = [ledger with { State = StreamxConsumerState.RetryWait, ValuesDeadLettered = 2, LastFailure = failure, FailedValues = [Failed(16), Failed(18)] }] }]);
        yield return ("detached", "Ledger was detached when it failed with IOException", [stream with { Consumers = [ledger with { State = StreamxConsumerState.Detached, DetachCause = StreamxDetachCause.Failure, LastFailure = failure, Faults = 1 }] }]);
        yield return ("stalled", "Ledger is stalled: it does not finish its value.", [Stream(21, TimeSpan.FromSeconds(22), holding with { IsStalled = true })]);
        yield return ("faulted", "Ledger failed. The stream has faulted.", [In(StreamState.Faulted, stream with { Consumers = [ledger with { State = StreamxConsumerState.Failed, Faults = 1, LastFailure = failure }] })]);
        yield return ("draining", "Draining: Ledger still at work.", [In(StreamState.Closing, waiting) with { DrainTimeLeft = TimeSpan.FromSeconds(12) }]);
        yield return ("stopping", "Stopping: Feed has not returned.", [stream with { DrainTimeLeft = TimeSpan.FromSeconds(12) }]);
        yield return ("twelve", "12 streams, 1 in trouble", Twelve(Stream(21, TimeSpan.FromSeconds(22), holding with { IsStalled = true })));

        StreamxFailedValue Failed(long position) => new() { Position = position, WasDeadLettered = true, Failure = failure with { Position = position } };
    }

    /// <summary>Twelve streams, the ninth of which is in trouble.</summary>
    private static IReadOnlyList<StreamxStreamStatus> Twelve(StreamxStreamStatus ninth) =>
        [.. Enumerable.Range(1, 12).Select(number => Named($"stream {number}", number == 9 ? ninth : Stream(20, null, Consumer("Ledger", position: 20), Consumer("Printer", position: 20))))];

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 400)]
    public async Task FirstPaint_OfEveryState_IsAccessible(ColorScheme scheme, int width)
    {
        var look = $"{scheme.ToString().ToLowerInvariant()}-{width}";
        await using var page = await CreateAsync(scheme, width);

        foreach (var (state, text, streams) in States())
        {
            _control.Streams = streams;
            await using var host = await StartAsync();
            // Connecting: what the page follows is not answered yet.
            var isHeld = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await page.Page.RouteAsync("**/api/live", async route =>
            {
                await isHeld.Task;
                await route.ContinueAsync();
            });
            await page.GoAsync($"{host.App.Urls.First()}/streamx");
            await page.SeeAsync(page.Page.Locator("#connection"), "Connecting");
            if (streams.Count == 0) await CheckAsync(page, $"first-connecting-{look}");

            isHeld.SetResult();
            await page.SeeAsync(page.Page.Locator("#connection"), "Live");
            if (state == "dead-letters") await page.Page.Locator("summary:visible").ClickAsync();
            await page.SeeAsync(page.Page.Locator("main"), text);
            await CheckAsync(page, $"first-{state}-{look}");
            await page.Page.UnrouteAllAsync(new() { Behavior = UnrouteBehavior.IgnoreErrors });
        }

        // The last host has gone.
        await page.SeeAsync(page.Page.Locator("#banner"), "Trying again");
        await CheckAsync(page, $"first-disconnected-{look}");
    }

    /// <summary>A chart has its name before its first value, and says the value once it has one.</summary>
    [Fact]
    public async Task Chart_BeforeAndAfterItsFirstValue_HasAName()
    {
        _control.Streams = [Stream(20, null, Consumer("Ledger", position: 20))];
        await using var host = await StartAsync();
        await using var page = await CreateAsync();
        await page.GoAsync($"{host.App.Urls.First()}/streamx");
        var chart = page.Lane("orders").GetByRole(AriaRole.Img).First;

        await Assertions.Expect(chart).ToHaveAccessibleNameAsync("Values a second of orders over five minutes; no values yet");
        await PassAsync(() => page.Page.EvaluateAsync<bool>("() => document.querySelector('.lane .plot').getAttribute('aria-label').includes('now')"));

        await Assertions.Expect(chart).ToHaveAccessibleNameAsync("Values a second of orders over five minutes; now 0");
        Assert.Empty(await page.NamelessAsync());
    }

    private static StreamxStreamStatus In(StreamState state, StreamxStreamStatus status) => status with { Stream = status.Stream with { State = state } };

    private static async Task CheckAsync(OpenPage page, string picture)
    {
        await page.PictureAsync(picture);
        Assert.Equal((picture, ""), (picture, string.Join('\n', await page.NamelessAsync())));
        Assert.Equal((picture, ""), (picture, string.Join('\n', await page.SeriousProblemsAsync())));
    }

    private Task<PageHost> StartAsync() => PageHost.StartAsync(isServed: true, register: builder =>
    {
        builder.Services.AddSingleton<IStreamxControl>(_control);
        builder.Services.AddSingleton<TimeProvider>(_time);
    });

    /// <summary>A page whose intervals do not run: frames do not come while the host's time stands still, and it would take that for a lost connection.</summary>
    private async Task<OpenPage> CreateAsync(ColorScheme scheme = ColorScheme.Light, int width = 1280)
    {
        var page = await browser.CreateAsync(scheme, width);
        await page.Page.AddInitScriptAsync("window.setInterval = () => 0;");
        return page;
    }

    /// <summary>Lets the host's time pass until something is so.</summary>
    private async Task PassAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(Bounded.Limit);
        while (!await isSo())
        {
            Assert.False(limit.IsCancellationRequested, "It does not become so.");
            _time.Advance(Sampler.Pause);
        }
    }
}
