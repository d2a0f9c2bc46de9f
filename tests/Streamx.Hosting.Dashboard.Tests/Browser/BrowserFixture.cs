using Microsoft.Playwright;
using Streamx.Hosting.Dashboard.Tests.Support;

[assembly: AssemblyFixture(typeof(Streamx.Hosting.Dashboard.Tests.Browser.BrowserFixture))]

namespace Streamx.Hosting.Dashboard.Tests.Browser;

/// <summary>One Chromium for all browser tests, each in a context of its own. A machine without it fails them.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    /// <summary>As root, without a display and without a network: it would look for its maker's servers at every start.</summary>
    private static readonly string[] s_arguments =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        Assert.True(File.Exists(Chromium), $"These tests need {Chromium}: install the package chromium, as tests/run.sh does.");
        _playwright = await Playwright.CreateAsync().WithinAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium, Headless = true, Args = s_arguments, Timeout = 90_000 });
    }

    /// <summary>Opens the page of a host, and waits until it is live.</summary>
    /// <param name="host">The host.</param>
    /// <param name="scheme">The colours.</param>
    /// <param name="width">The window's width.</param>
    /// <param name="height">The window's height.</param>
    /// <param name="user">Who looks, if the page asks for a login.</param>
    /// <param name="url">Where the page is, if not at the host itself.</param>
    internal async Task<OpenPage> OpenAsync(
        PageHost host, ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 900, string? user = null, string? url = null)
    {
        var open = await CreateAsync(scheme, width, height, user);
        await open.GoAsync(url ?? $"{host.App.Urls.First()}/streamx");
        await open.SeeAsync(open.Page.Locator("#connection"), "Live");
        return open;
    }

    /// <summary>Makes a browser window that has not gone anywhere yet.</summary>
    internal async Task<OpenPage> CreateAsync(ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 900, string? user = null)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ExtraHTTPHeaders = user is null ? [] : [KeyValuePair.Create(TestUser.Header, user)],
        });
        context.SetDefaultTimeout((float)Bounded.Limit.TotalMilliseconds);
        return await OpenPage.CreateAsync(context);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
