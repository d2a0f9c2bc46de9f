using System.Net;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Streamx.Hosting.Dashboard.Tests.Support;

namespace Streamx.Hosting.Dashboard.Tests;

public class LiveTests
{
    private static readonly Uri s_live = new("/streamx/api/live", UriKind.Relative);

    [Fact]
    public async Task Live_BeginsWithHistoryAndState_AndNamesWhoIsWaitedFor()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var page = await PageHost.StartAsync(isServed: true, ledger: async (_, _) => await release.Task);
        await page.Orders.PutAsync(1);
        var waiting = page.Orders.PutAsync(2).AsTask();
        using var client = page.CreateClient();
        using var answer = await client.GetAsync(s_live, HttpCompletionOption.ResponseHeadersRead).WithinAsync();
        await using var events = SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();

        var history = await NextAsync(events);
        var first = await NextAsync(events);
        JsonNode? held = null;
        while (held?["heldBy"] is null) held = JsonNode.Parse((await NextAsync(events)).Data)!["streams"]![0];

        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(("history", "frame"), (history.EventType, first.EventType));
        Assert.Equal("Ledger", (string?)JsonNode.Parse(first.Data)!["streams"]![0]!["waitingFor"]![0]);
        Assert.Equal("Ledger", (string?)held["heldBy"]);
        // All of the second; the last look is a little before its end.
        Assert.InRange((double)held["blockedRatio"]!, 0.5, 1);
        release.SetResult();
        await waiting.WithinAsync();
    }

    [Fact]
    public async Task Live_HostStops_EndsAtOnce()
    {
        await using var page = await PageHost.StartAsync(isServed: true);
        using var client = page.CreateClient();
        using var answer = await client.GetAsync(s_live, HttpCompletionOption.ResponseHeadersRead).WithinAsync();
        await using var events = SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();
        await NextAsync(events);

        await page.App.StopAsync().WithinAsync();

        var last = "";
        while (await events.MoveNextAsync().AsTask().WithinAsync()) last = events.Current.EventType;
        Assert.Equal("stopping", last);
    }

    [Fact]
    public async Task Live_ServerOutlivesTheDrain_ShowsIt_AndEndsWithTheServer()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var page = await PageHost.StartAsync(
            isServed: true, ledger: async (_, _) => await release.Task, register: builder => builder.Services.AddSingleton<IHostedService>(new StopsLate(drained.Task)));
        await page.Orders.PutAsync(1);
        using var client = page.CreateClient();
        using var answer = await client.GetAsync(s_live, HttpCompletionOption.ResponseHeadersRead).WithinAsync();
        await using var events = SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();
        await NextAsync(events);

        var stopping = page.App.StopAsync();
        var drain = page.Control.DrainAsync("orders");
        JsonNode? draining = null;
        while ((string?)draining?["state"] != "Closing") draining = JsonNode.Parse((await NextAsync(events)).Data)!["streams"]![0];
        using var second = await client.GetAsync(s_live, HttpCompletionOption.ResponseHeadersRead).WithinAsync();
        release.SetResult();
        JsonNode? closed = null;
        while ((string?)closed?["state"] != "Closed") closed = JsonNode.Parse((await NextAsync(events)).Data)!["streams"]![0];
        drained.SetResult();
        await drain.WithinAsync();
        await stopping.WithinAsync();

        Assert.Equal(1, (long)draining["consumers"]![0]!["lag"]!);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        var last = "";
        while (await events.MoveNextAsync().AsTask().WithinAsync()) last = events.Current.EventType;
        Assert.Equal("stopping", last);
    }

    [Fact]
    public async Task Live_WhileTheHostStops_AnswersNoContent()
    {
        await using var page = await PageHost.StartAsync("Development");
        using var client = page.CreateClient();

        page.Lifetime.StopApplication();
        using var answer = await client.GetAsync(s_live).WithinAsync();

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    [Fact]
    public async Task Live_ClientThatNeverReads_DoesNotKeepTheHostFromStopping()
    {
        // More than the buffers between the two hold, so that the server waits for the client to read.
        await using var page = await PageHost.StartAsync(isServed: true, register: builder =>
        {
            for (var number = 0; number < 40; number++) builder.Services.AddStreamx<int>($"stream {number}").AddConsumer(new string('x', 100_000), (_, _) => default);
        });
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 1024 };
        var url = new Uri(page.App.Urls.First());
        await socket.ConnectAsync(url.Host, url.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes("GET /streamx/api/live HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        await socket.ReceiveAsync(new byte[16]).WithinAsync();

        var started = TimeProvider.System.GetTimestamp();
        await page.App.StopAsync().WithinAsync();

        // The host would wait for 30 seconds.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    /// <summary>Holds the host before it stops its services, the web server among them, as a drain does.</summary>
    private sealed class StopsLate(Task until) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => until.WaitAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private static async Task<SseItem<string>> NextAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        Assert.True(await events.MoveNextAsync().AsTask().WithinAsync());
        return events.Current;
    }
}
