using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Streamx.Hosting.Dashboard.Tests.Support;

namespace Streamx.Hosting.Dashboard.Tests;

public class ControlTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Control_WithoutBothOptionAndAuthorization_IsRefused(bool allowControl, bool isAuthorized)
    {
        await using var page = await PageHost.StartAsync("Development", allowControl: allowControl, configure: group =>
        {
            if (isAuthorized) group.RequireAuthorization();
        });
        using var client = page.CreateClient("ada");

        var session = await SessionAsync(client);
        using var answer = await PostAsync(client, "made up", "pause", "orders", "Feed");

        Assert.Equal((false, null), (session.CanControl, session.Token));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(StreamxProducerState.Running, page.Control.GetStreams()[0].Producers[0].State);
        Assert.Contains("was refused", Assert.Single(page.Log.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_WithoutALogin_IsRefusedByTheAuthorization()
    {
        await using var page = await StartAsync();
        using var client = page.CreateClient();

        using var answer = await PostAsync(client, "made up", "pause", "orders", "Feed");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Control_WithoutAToken_IsRefused()
    {
        await using var page = await StartAsync();
        using var client = page.CreateClient("ada");
        var token = (await SessionAsync(client)).Token!;

        foreach (var wrong in (string[])["", "made up", "9999999999.AAAA", token[..^2], $"1{token}"])
        {
            using var answer = await PostAsync(client, wrong, "pause", "orders", "Feed");
            Assert.Equal((wrong, HttpStatusCode.Forbidden), (wrong, answer.StatusCode));
        }
    }

    [Fact]
    public async Task Control_WithAnotherUsersToken_IsRefused()
    {
        await using var page = await StartAsync();
        using var ada = page.CreateClient("ada");
        using var bob = page.CreateClient("bob");

        using var answer = await PostAsync(bob, (await SessionAsync(ada)).Token!, "pause", "orders", "Feed");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Control_WithAnOldToken_IsRefused()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var page = await StartAsync(builder => builder.Services.AddSingleton<TimeProvider>(time));
        using var client = page.CreateClient("ada");
        var token = (await SessionAsync(client)).Token!;

        time.Advance(ControlRights.Lifetime - TimeSpan.FromSeconds(5));
        using var before = await PostAsync(client, token, "pause", "orders", "Feed");
        time.Advance(TimeSpan.FromSeconds(10));
        using var after = await PostAsync(client, token, "pause", "orders", "Feed");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (before.StatusCode, after.StatusCode));
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-origin", HttpStatusCode.OK)]
    [InlineData("Origin", "http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://localhost", HttpStatusCode.OK)]
    public async Task Control_FromAnotherSite_IsRefused(string header, string value, HttpStatusCode expected)
    {
        await using var page = await StartAsync();
        using var client = page.CreateClient("ada");
        var token = (await SessionAsync(client)).Token!;
        client.DefaultRequestHeaders.Add(header, value);

        using var answer = await PostAsync(client, token, "pause", "orders", "Feed");

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Pause_ThenResume_DoesSo_AndIsLoggedWithTheUser()
    {
        await using var page = await StartAsync();
        using var client = page.CreateClient("ada");
        var token = (await SessionAsync(client)).Token!;

        using var paused = await PostAsync(client, token, "pause", "ORDERS", "feed");
        var between = page.Control.GetStreams()[0].Producers[0].State;
        using var again = await PostAsync(client, token, "pause", "orders", "Feed");
        using var resumed = await PostAsync(client, token, "resume", "orders", "Feed");

        Assert.Equal("""{"changed":true,"error":null}""", await paused.Content.ReadAsStringAsync());
        Assert.Equal("""{"changed":false,"error":null}""", await again.Content.ReadAsStringAsync());
        Assert.Equal("""{"changed":true,"error":null}""", await resumed.Content.ReadAsStringAsync());
        Assert.Equal((StreamxProducerState.Paused, StreamxProducerState.Running), (between, page.Control.GetStreams()[0].Producers[0].State));
        Assert.Collection(
            page.Log.Messages,
            line => Assert.Matches("^Dashboard: ada at .* asked for pause of Feed of stream orders: done.$", line),
            line => Assert.EndsWith("it was so already.", line, StringComparison.Ordinal),
            line => Assert.Contains("resume of Feed", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Detach_OnlyWhenConfirmed_AndAttachBringsBack()
    {
        await using var page = await StartAsync();
        using var client = page.CreateClient("ada");
        var token = (await SessionAsync(client)).Token!;

        using var unconfirmed = await PostAsync(client, token, "detach", "orders", "Ledger");
        var before = Ledger(page);
        using var detached = await PostAsync(client, token, "detach", "orders", "Ledger", confirmed: true);
        var between = Ledger(page);
        using var last = await PostAsync(client, token, "detach", "orders", "Printer", confirmed: true);
        await Until.TrueAsync(() => page.Control.GetStreams()[0].Consumers[0].State == StreamxConsumerState.Detached, "detached");
        using var attached = await UntilAttachedAsync(client, token);

        Assert.Equal(HttpStatusCode.Conflict, unconfirmed.StatusCode);
        Assert.Equal((StreamxConsumerState.Idle, StreamxConsumerState.Detached), (before, between));
        Assert.Equal(HttpStatusCode.OK, detached.StatusCode);
        // The last one would take the stream with it.
        Assert.Equal(HttpStatusCode.Conflict, last.StatusCode);
        Assert.Contains("last", await last.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(StreamxConsumerState.Idle, Ledger(page));
    }

    [Fact]
    public async Task Drain_OnlyWhenConfirmed_EndsTheStream()
    {
        await using var page = await StartAsync();
        using var client = page.CreateClient("ada");
        var token = (await SessionAsync(client)).Token!;

        using var unconfirmed = await PostAsync(client, token, "drain", "orders", null);
        var before = page.Control.GetStreams()[0].Stream.State;
        using var drained = await PostAsync(client, token, "drain", "orders", null, confirmed: true);

        Assert.Equal((HttpStatusCode.Conflict, StreamState.Open), (unconfirmed.StatusCode, before));
        Assert.Equal((HttpStatusCode.OK, StreamState.Closed), (drained.StatusCode, page.Control.GetStreams()[0].Stream.State));
        Assert.Contains("drain of all of stream orders: begun", Assert.Single(page.Log.Messages), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pause", "nothing", "Feed", HttpStatusCode.NotFound)]
    [InlineData("pause", "orders", "Ledger", HttpStatusCode.NotFound)]
    [InlineData("attach", "orders", "Feed\nforged line", HttpStatusCode.NotFound)]
    [InlineData("explode", "orders", "Feed", HttpStatusCode.NotFound)]
    [InlineData(null, "orders", "Feed", HttpStatusCode.BadRequest)]
    public async Task Control_OfWhatThereIsNot_IsAnswered(string? action, string stream, string worker, HttpStatusCode expected)
    {
        await using var page = await StartAsync();
        using var client = page.CreateClient("ada");

        using var answer = await PostAsync(client, (await SessionAsync(client)).Token!, action, stream, worker, confirmed: true);

        Assert.Equal(expected, answer.StatusCode);
        Assert.DoesNotContain(page.Log.Messages, line => line.Contains("forged", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("text/plain", """{"action":"pause","stream":"orders","worker":"Feed"}""")]
    [InlineData("application/json", "not json")]
    public async Task Control_OtherThanJson_IsABadRequest(string type, string body)
    {
        await using var page = await StartAsync();
        using var client = page.CreateClient("ada");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/streamx/api/control") { Content = new StringContent(body, null, type) };
        request.Headers.Add(ControlRights.TokenHeader, (await SessionAsync(client)).Token);

        using var answer = await client.SendAsync(request).WithinAsync();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(StreamxProducerState.Running, page.Control.GetStreams()[0].Producers[0].State);
    }

    private static Task<PageHost> StartAsync(Action<WebApplicationBuilder>? register = null) =>
        PageHost.StartAsync(allowControl: true, configure: group => group.RequireAuthorization(), register: register);

    private static StreamxConsumerState Ledger(PageHost page) => page.Control.GetStreams()[0].Consumers[0].State;

    /// <summary>A consumer can only come back once its code has returned, which has no event.</summary>
    private static async Task<HttpResponseMessage> UntilAttachedAsync(HttpClient client, string token)
    {
        while (true)
        {
            var answer = await PostAsync(client, token, "attach", "orders", "Ledger");
            if (answer.StatusCode == HttpStatusCode.OK) return answer;
            answer.Dispose();
        }
    }

    private static async Task<(bool CanControl, string? Token)> SessionAsync(HttpClient client)
    {
        var session = await client.GetFromJsonAsync<JsonObject>("/streamx/api/session").WithinAsync();
        return ((bool)session!["canControl"]!, (string?)session["antiforgery"]);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string token, string? action, string stream, string? worker, bool confirmed = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/streamx/api/control") { Content = JsonContent.Create(new { action, stream, worker, confirmed }) };
        request.Headers.TryAddWithoutValidation(ControlRights.TokenHeader, token);
        return client.SendAsync(request).WithinAsync();
    }
}
