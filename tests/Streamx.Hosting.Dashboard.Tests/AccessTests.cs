using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Streamx.Hosting.Dashboard.Tests.Support;

namespace Streamx.Hosting.Dashboard.Tests;

public class AccessTests
{
    [Theory]
    [InlineData("127.0.0.1", "localhost", null, 200)]
    [InlineData("127.0.0.1", "127.0.0.1:8080", null, 200)]
    [InlineData("::1", "[::1]:8080", null, 200)]
    [InlineData("::ffff:127.0.0.1", "localhost", null, 200)]
    [InlineData("10.0.0.7", "localhost", null, 403)]
    [InlineData("::ffff:10.0.0.7", "localhost", null, 403)]
    [InlineData(null, "localhost", null, 403)]
    // A page elsewhere whose name has been made to resolve to this machine.
    [InlineData("127.0.0.1", "evil.example", null, 403)]
    [InlineData("127.0.0.1", "localhost.evil.example", null, 403)]
    // A proxy on this machine, which asks for others.
    [InlineData("127.0.0.1", "localhost", "X-Forwarded-For", 403)]
    [InlineData("127.0.0.1", "localhost", "Forwarded", 403)]
    [InlineData("127.0.0.1", "localhost", "X-Real-IP", 403)]
    public async Task AllowLoopback_AnswersRequestsOverLoopbackOnly(string? remote, string host, string? header, int expected)
    {
        await using var page = await PageHost.StartAsync();

        foreach (var path in (string[])["/streamx/", "/streamx/main.js", "/streamx/api/streams", "/streamx/api/session"])
        {
            var answer = await SendAsync(page, path, remote, host, header);
            Assert.Equal((path, expected), (path, answer.Response.StatusCode));
        }
    }

    [Theory]
    [InlineData("127.0.0.1", "localhost")]
    [InlineData("10.0.0.7", "worker.example")]
    public async Task Production_NotOpened_IsClosedToAll_AndSaysSoOnce(string remote, string host)
    {
        await using var page = await PageHost.StartAsync(options: _ => { });

        foreach (var path in (string[])["/streamx/", "/streamx/main.js", "/streamx/api/streams", "/streamx/api/session", "/streamx/api/live"])
        {
            var answer = await SendAsync(page, path, remote, host, null);
            Assert.Equal((path, 403), (path, answer.Response.StatusCode));
        }

        Assert.Contains(remote, Assert.Single(page.Log.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllowAnonymous_AnswersEverybody()
    {
        await using var page = await PageHost.StartAsync(options: options => options.AllowAnonymous = true);

        Assert.Equal(200, (await SendAsync(page, "/streamx/api/streams", "10.0.0.7", "worker.example", "X-Forwarded-For")).Response.StatusCode);
    }

    [Fact]
    public async Task Development_WithoutAuthorization_AnswersEverybody()
    {
        await using var page = await PageHost.StartAsync("Development", options: _ => { });

        Assert.Equal(200, (await SendAsync(page, "/streamx/", "10.0.0.7", "worker.example", null)).Response.StatusCode);
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("ada", 200)]
    public async Task Authorization_OnTheGroup_DecidesInsteadOfTheAddress(string? user, int expected)
    {
        await using var page = await PageHost.StartAsync(options: _ => { }, configure: group => group.RequireAuthorization());

        var answer = await SendAsync(page, "/streamx/api/streams", "10.0.0.7", "worker.example", null, user);

        Assert.Equal(expected, answer.Response.StatusCode);
    }

    [Fact]
    public async Task Authorization_PolicyOnTheGroup_Counts()
    {
        await using var page = await PageHost.StartAsync(configure: group => group.RequireAuthorization(policy => policy.RequireUserName("ada")));

        Assert.Equal(200, (await SendAsync(page, "/streamx/", "10.0.0.7", "worker.example", null, "ada")).Response.StatusCode);
        Assert.Equal(403, (await SendAsync(page, "/streamx/", "127.0.0.1", "localhost", null, "bob")).Response.StatusCode);
    }

    [Fact]
    public async Task Authorization_ThatAllowsAnonymous_IsNone()
    {
        await using var page = await PageHost.StartAsync(options: _ => { }, configure: group => group.RequireAuthorization().AllowAnonymous());

        Assert.Equal(403, (await SendAsync(page, "/streamx/", "10.0.0.7", "worker.example", null)).Response.StatusCode);
    }

    [Fact]
    public async Task Kestrel_OnLoopback_Answers()
    {
        await using var page = await PageHost.StartAsync(isServed: true);
        using var client = page.CreateClient();

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/streamx/", UriKind.Relative)).WithinAsync()).StatusCode);
    }

    private static Task<HttpContext> SendAsync(PageHost page, string path, string? remote, string host, string? header, string? user = null) =>
        page.Server.SendAsync(context =>
        {
            context.Request.Method = "GET";
            context.Request.Scheme = "http";
            context.Request.Path = path;
            context.Request.Host = new HostString(host);
            context.Connection.RemoteIpAddress = remote is null ? null : IPAddress.Parse(remote);
            if (header is not null) context.Request.Headers[header] = "10.0.0.7";
            if (user is not null) context.Request.Headers[TestUser.Header] = user;
        }).WithinAsync();
}
