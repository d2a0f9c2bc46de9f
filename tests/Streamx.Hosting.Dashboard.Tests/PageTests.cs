using System.Net;
using System.Text.RegularExpressions;
using Streamx.Hosting.Dashboard.Tests.Support;

namespace Streamx.Hosting.Dashboard.Tests;

public class PageTests
{
    public static TheoryData<string> Files => [.. Asset.LoadAll().Select(asset => asset.Path)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task File_HasTheHeadersOfASafePage(string path)
    {
        await using var page = await PageHost.StartAsync("Development");
        using var client = page.CreateClient();

        using var answer = await client.GetAsync(new Uri($"/streamx/{path}", UriKind.Relative)).WithinAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith("default-src 'self';", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.NotNull(answer.Content.Headers.ContentType);
    }

    [Fact]
    public async Task File_ThatIsKnownAlready_IsNotSentAgain()
    {
        await using var page = await PageHost.StartAsync("Development");
        using var client = page.CreateClient();
        using var first = await client.GetAsync(new Uri("/streamx/main.js", UriKind.Relative)).WithinAsync();

        using var request = new HttpRequestMessage(HttpMethod.Get, "/streamx/main.js") { Headers = { { "If-None-Match", first.Headers.ETag!.Tag } } };
        using var second = await client.SendAsync(request).WithinAsync();

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public void Files_Together_AreSmall()
    {
        Assert.InRange(Asset.LoadAll().Sum(asset => asset.Length), 1, 150 * 1024);
    }

    [Fact]
    public void Files_HaveNothingInlineAndNothingFromElsewhere()
    {
        var html = File.ReadAllText(Path.Combine(Checkout.Page, "index.html"));

        Assert.DoesNotMatch(@"<script(?![^>]*\bsrc=)", html);
        Assert.DoesNotMatch(@"<style|\sstyle=|\son[a-z]+=", html);
        // Relative, so that it works under any path.
        Assert.All(Regex.Matches(html, "(?:src|href)=\"([^\"]*)\"").Select(match => match.Groups[1].Value), url => Assert.DoesNotMatch("^(/|[a-z]+:)", url));
        Assert.All(Directory.EnumerateFiles(Checkout.Page, "*.js"), file => Assert.DoesNotMatch(@"(innerHTML|document\.cookie|eval\(|new Function|['""]https?://(?!www\.w3\.org/2000/svg))", File.ReadAllText(file)));
    }

    [Theory]
    [InlineData("uPlot.iife.min.js", "uplot/dist/uPlot.iife.min.js")]
    [InlineData("uPlot.min.css", "uplot/dist/uPlot.min.css")]
    [InlineData("uPlot.LICENSE.txt", "uplot/LICENSE")]
    public void VendoredFile_IsThePublishedOne(string file, string published)
    {
        Assert.Equal(File.ReadAllText(Checkout.NodeFile(published)), File.ReadAllText(Path.Combine(Checkout.Page, "vendor", file)));
    }

    [Theory]
    [InlineData("/streamx", null, "/streamx", "./streamx/")]
    [InlineData("/streamx", "/shop", "/shop/streamx", "./streamx/")]
    [InlineData("/ops/live page", null, "/ops/live%20page", "./live%20page/")]
    [InlineData("/", "/shop", "/shop", "./shop/")]
    [InlineData("", "/shop", "/shop", "./shop/")]
    [InlineData("/", "/ops/live page", "/ops/live%20page", "./live%20page/")]
    public async Task Page_WithoutItsSlash_RedirectsToIt(string pattern, string? pathBase, string path, string location)
    {
        await using var page = await PageHost.StartAsync("Development", pattern: pattern, pathBase: pathBase);
        using var client = page.CreateClient();

        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative)).WithinAsync();
        // Where the browser goes from there, as it resolves the location.
        using var target = await client.GetAsync(new Uri(new Uri(client.BaseAddress!, path), location)).WithinAsync();

        Assert.Equal((HttpStatusCode.Found, location), (answer.StatusCode, answer.Headers.Location?.OriginalString));
        Assert.Equal((HttpStatusCode.OK, "text/html"), (target.StatusCode, target.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task Page_AtTheRoot_AnswersThere()
    {
        await using var page = await PageHost.StartAsync("Development", pattern: "/");
        using var client = page.CreateClient();

        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative)).WithinAsync();
        using var script = await client.GetAsync(new Uri("/main.js", UriKind.Relative)).WithinAsync();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (answer.StatusCode, script.StatusCode));
    }

    [Theory]
    [InlineData("https://traces.example.org/", "must have {traceId}")]
    [InlineData("/trace/{traceId}", "must be an absolute http or https address")]
    [InlineData("javascript:alert('{traceId}')", "must be an absolute http or https address")]
    [InlineData("ftp://traces.example.org/{traceId}", "must be an absolute http or https address")]
    [InlineData("https://ada:secret@traces.example.org/{traceId}", "must not have a user name or a password")]
    [InlineData("https://{traceId}.example.org/", "must not have {traceId} in the name of the host")]
    public async Task Map_TraceUrlThatNoPageMayLinkTo_SaysWhatIsWrong(string url, string problem)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => PageHost.StartAsync(options: page => page.TraceUrl = url));

        Assert.StartsWith($"StreamxDashboardOptions.TraceUrl {problem}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Map_WithoutStreams_SaysWhatIsMissing()
    {
        var app = Microsoft.AspNetCore.Builder.WebApplication.CreateSlimBuilder().Build();

        var error = Assert.Throws<InvalidOperationException>(() => app.MapStreamxDashboard());

        Assert.Contains("AddStreamx", error.Message, StringComparison.Ordinal);
    }
}
