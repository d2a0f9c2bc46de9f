using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Streamx.Hosting.Dashboard.Tests.Browser;
using Streamx.Hosting.Dashboard.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Streamx.Hosting.Dashboard.Tests;

/// <summary>The page behind nginx as it comes: it forwards with a loopback Host and without a forwarding header.</summary>
public class ProxyTests(BrowserFixture browser)
{
    private static readonly string[] s_paths = ["streamx/", "streamx/main.js", "streamx/api/streams", "streamx/api/session", "streamx/api/live"];

    [Fact]
    public async Task Production_NotOpened_IsClosed()
    {
        await using var host = await PageHost.StartAsync(isServed: true, options: _ => { });
        await using var nginx = await Nginx.StartAsync(host);
        using var client = new HttpClient { BaseAddress = nginx.Url };

        foreach (var path in s_paths)
        {
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead).WithinAsync();
            Assert.Equal((path, HttpStatusCode.Forbidden), (path, answer.StatusCode));
        }
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("ada", HttpStatusCode.OK)]
    public async Task Production_WithAuthorization_AnswersThoseItLetsThrough(string? user, HttpStatusCode expected)
    {
        await using var host = await PageHost.StartAsync(isServed: true, options: _ => { }, configure: group => group.RequireAuthorization());
        await using var nginx = await Nginx.StartAsync(host);
        using var client = new HttpClient { BaseAddress = nginx.Url };
        if (user is not null) client.DefaultRequestHeaders.Add(TestUser.Header, user);

        foreach (var path in s_paths)
        {
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead).WithinAsync();
            Assert.Equal((path, expected), (path, answer.StatusCode));
        }
    }

    /// <summary>Time stands still between two frames, so nothing that is sent later pushes a held-back frame out of a buffer.</summary>
    [Fact]
    public async Task Live_EachFrame_IsPassedOnAtOnce_AndUncompressed()
    {
        var time = new FakeTimeProvider();
        await using var host = await PageHost.StartAsync(isServed: true, register: builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.Services.AddResponseCompression(options => options.MimeTypes = ["text/event-stream"]);
        }, use: app => app.UseResponseCompression());
        await using var nginx = await Nginx.StartAsync(host);
        using var direct = host.CreateClient();
        using var proxied = new HttpClient { BaseAddress = nginx.Url };
        proxied.DefaultRequestHeaders.Add("Accept-Encoding", "gzip, br");
        await using var sent = await FollowAsync(direct, "/streamx/api/live");
        await using var passed = await FollowAsync(proxied, "streamx/api/live");
        foreach (var events in (SseEvents[])[sent, passed])
        {
            Assert.Equal("history", (await events.NextAsync()).EventType);
            Assert.Equal("frame", (await events.NextAsync()).EventType);
        }

        for (var value = 1; value <= 3; value++)
        {
            await host.Orders.PutAsync(value);
            var frame = sent.NextAsync();
            await Until.TrueAsync(
                () =>
                {
                    if (!frame.IsCompleted) time.Advance(Sampler.Pause);
                    return frame.IsCompleted;
                },
                "a frame");

            Assert.Equal(value, (int)JsonNode.Parse((await passed.NextAsync()).Data)!["streams"]![0]!["valuesPut"]!);
        }

        Assert.Equal(["identity"], passed.Answer.Content.Headers.ContentEncoding);
        // The stop begins with a second without puts, on this clock.
        var stopping = host.App.StopAsync();
        await Until.TrueAsync(
            () =>
            {
                if (!stopping.IsCompleted) time.Advance(Sampler.Pause);
                return stopping.IsCompleted;
            },
            "the end of the host");
        await stopping;
    }

    [Fact]
    public async Task Page_UnderAPathPrefix_IsLive_AndControls()
    {
        await using var host = await PageHost.StartAsync(
            isServed: true, options: options => options.AllowControl = true, configure: group => group.RequireAuthorization());
        await using var nginx = await Nginx.StartAsync(host);
        await using var page = await browser.OpenAsync(host, user: "ada", url: new Uri(nginx.Url, "streamx").ToString());

        await page.SeeAsync(page.Consumer("orders", "Ledger"), "idle");
        await page.Page.Locator("button[data-action=pause]").ClickAsync();

        await page.SeeAsync(page.Lane("orders").Locator(".producers"), "paused");
        Assert.Equal($"{nginx.Url}streamx/", page.Page.Url);
        await Expect(page.Page.Locator("#banner")).ToBeHiddenAsync();
        Assert.Empty(page.Complaints);
    }

    private static async Task<SseEvents> FollowAsync(HttpClient client, string path) => new(
        await client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead).WithinAsync());

    private sealed class SseEvents(HttpResponseMessage answer) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<SseItem<string>> _events = SseParser.Create(answer.Content.ReadAsStream()).EnumerateAsync().GetAsyncEnumerator();

        public HttpResponseMessage Answer => answer;

        public async Task<SseItem<string>> NextAsync()
        {
            Assert.True(await _events.MoveNextAsync().AsTask().WithinAsync());
            return _events.Current;
        }

        public async ValueTask DisposeAsync()
        {
            await _events.DisposeAsync();
            answer.Dispose();
        }
    }
}
