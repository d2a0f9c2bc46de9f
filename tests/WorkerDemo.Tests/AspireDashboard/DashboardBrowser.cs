using System.Text.RegularExpressions;
using Microsoft.Playwright;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.AspireDashboard;

/// <summary>The dashboard in a browser, used as a person does. Pictures of it are left in <c>screenshots</c>, beside the tests.</summary>
internal sealed class DashboardBrowser : IAsyncDisposable
{
    private const string Chromium = "/usr/bin/chromium";

    /// <summary>As root, without a display and without a network.</summary>
    private static readonly string[] s_arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly string _address;

    private DashboardBrowser(IPlaywright playwright, IBrowser browser, IPage page, string address)
        => (_playwright, _browser, Page, _address) = (playwright, browser, page, address);

    /// <summary>The page that is shown.</summary>
    internal IPage Page { get; }

    /// <summary>Opens it.</summary>
    internal static async Task<DashboardBrowser> OpenAsync(string address)
    {
        Assert.True(File.Exists(Chromium), $"This test needs {Chromium}: install the package chromium, as tests/run.sh does.");
        var playwright = await Playwright.CreateAsync().WaitAsync(WorkerProcess.Limit);
        var options = new BrowserTypeLaunchOptions { ExecutablePath = Chromium, Args = s_arguments, Timeout = Milliseconds };
        var browser = await playwright.Chromium.LaunchAsync(options);
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1400, Height = 1000 } });
        page.SetDefaultTimeout(Milliseconds);
        return new DashboardBrowser(playwright, browser, page, address);
    }

    /// <summary>Goes to a part of it.</summary>
    internal Task GoToAsync(string path) => Page.GotoAsync($"{_address}/{path}");

    /// <summary>The rows of a table that have all of these texts.</summary>
    internal ILocator Rows(params string[] texts) =>
        texts.Aggregate(Page.Locator("tr[role=row]"), (rows, text) => rows.Filter(new() { HasTextRegex = new Regex(text) }));

    /// <summary>Waits until something is there.</summary>
    internal static Task SeeAsync(ILocator locator) => Assertions.Expect(locator.First).ToBeVisibleAsync(new() { Timeout = Milliseconds });

    /// <summary>Keeps a picture, for people to look at.</summary>
    internal Task PictureAsync(string name) =>
        Page.ScreenshotAsync(new() { Path = Path.Combine(AppContext.BaseDirectory, "screenshots", $"{name}.png") });

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private static float Milliseconds => (float)WorkerProcess.Limit.TotalMilliseconds;
}
