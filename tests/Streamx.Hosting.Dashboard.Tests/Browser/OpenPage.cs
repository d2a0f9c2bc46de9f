using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;
using Streamx.Hosting.Dashboard.Tests.Support;

namespace Streamx.Hosting.Dashboard.Tests.Browser;

/// <summary>The page, open in a browser, and what the browser had to complain about.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = [];

    private OpenPage(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _complaints.Enqueue(message.Text);
        };
        page.PageError += (_, error) => _complaints.Enqueue(error);
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings on the console so far.</summary>
    public IReadOnlyList<string> Complaints => [.. _complaints];

    public ILocator Lane(string stream) => Page.Locator($".lane[data-stream='{stream}']");

    public ILocator Consumer(string stream, string name) => Lane(stream).Locator(".consumers > li", new() { Has = Page.GetByText(name, new() { Exact = true }) });

    public static async Task<OpenPage> CreateAsync(IBrowserContext context) => new(context, await context.NewPageAsync());

    /// <summary>Goes to an address, whose document and scripts have then been loaded.</summary>
    public Task GoAsync(string url) => Page.GotoAsync(url);

    /// <summary>Waits until something has a text in it.</summary>
    public Task SeeAsync(ILocator locator, string text) =>
        Assertions.Expect(locator).ToContainTextAsync(text, new() { Timeout = (float)Bounded.Limit.TotalMilliseconds, UseInnerText = true });

    /// <summary>Keeps a picture of the whole page beside the tests, for people to look at.</summary>
    public Task PictureAsync(string name) =>
        Page.ScreenshotAsync(new() { FullPage = true, Path = Path.Combine(AppContext.BaseDirectory, "screenshots", $"{name}.png") });

    /// <summary>What axe-core finds that is serious or worse.</summary>
    public async Task<IReadOnlyList<string>> SeriousProblemsAsync()
    {
        await Page.EvaluateAsync(await File.ReadAllTextAsync(Checkout.NodeFile("axe-core/axe.min.js")) + "; undefined");
        var found = await Page.EvaluateAsync<JsonElement>(
            "() => axe.run().then(result => result.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => `${v.id}: ${v.help}: ${v.nodes.map(n => n.html + ' ' + n.failureSummary).join('; ')}`))");
        return [.. found.EnumerateArray().Select(problem => problem.GetString()!)];
    }

    /// <summary>Elements that have a role which is read out with a name, and no name.</summary>
    public async Task<IReadOnlyList<string>> NamelessAsync() => await Page.EvaluateAsync<string[]>(
        """
        () => [...document.querySelectorAll('[role=img], [role=meter], [role=region], [role=group], [role=search], section, dialog[open], button, a, input')]
          .filter(node => node.getClientRects().length > 0)
          .filter(node => !(node.getAttribute('aria-label')?.trim() || node.textContent.trim()
            || (node.getAttribute('aria-labelledby') ?? '').split(' ').some(id => document.getElementById(id)?.textContent.trim())))
          .map(node => node.outerHTML)
        """);

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
