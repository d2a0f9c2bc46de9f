using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Dashboard.Tests.Support;

/// <summary>A host with the page and one stream of numbers, <c>orders</c>, with consumers <c>Ledger</c> and <c>Printer</c>.</summary>
internal sealed class PageHost : IAsyncDisposable
{
    private PageHost(WebApplication app, MessageLog log)
    {
        App = app;
        Log = log;
    }

    public WebApplication App { get; }

    public MessageLog Log { get; }

    public IStreamxControl Control => App.Services.GetRequiredService<IStreamxControl>();

    public IStreamWriter<int> Orders => App.Services.GetRequiredKeyedService<IStreamWriter<int>>("orders");

    public TestServer Server => App.GetTestServer();

    public IHostApplicationLifetime Lifetime => App.Lifetime;

    /// <summary>Starts one.</summary>
    /// <param name="environment">The environment's name.</param>
    /// <param name="isServed">Whether it listens on loopback, rather than in memory.</param>
    /// <param name="allowControl">Whether the page may control.</param>
    /// <param name="configure">Changes the group.</param>
    /// <param name="pattern">Where the page is.</param>
    /// <param name="pathBase">Under which path the application is.</param>
    /// <param name="url">Where to listen.</param>
    /// <param name="register">Registers more.</param>
    /// <param name="ledger">What Ledger does.</param>
    /// <param name="options">Changes the page's options. By default it answers over loopback.</param>
    /// <param name="use">Adds middleware before the page.</param>
    public static async Task<PageHost> StartAsync(
        string environment = "Production",
        bool isServed = false,
        bool allowControl = false,
        Action<RouteGroupBuilder>? configure = null,
        string pattern = "/streamx",
        string? pathBase = null,
        string url = "http://127.0.0.1:0",
        Action<WebApplicationBuilder>? register = null,
        Func<int, CancellationToken, ValueTask>? ledger = null,
        Action<StreamxDashboardOptions>? options = null,
        Action<WebApplication>? use = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment, ApplicationName = "Shop" });
        // The settings of the sample, which lies beside the tests, are about other streams.
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection();
        if (isServed) builder.WebHost.UseUrls(url);
        else builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        var log = new MessageLog();
        builder.Logging.AddProvider(log);
        builder.Services.AddAuthentication(TestUser.Header).AddScheme<AuthenticationSchemeOptions, TestUser>(TestUser.Header, null);
        builder.Services.AddAuthorization();
        builder.Services.AddStreamx<int>("orders")
            .AddProducer("Feed", (_, stoppingToken) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stoppingToken))
            .AddConsumer("Ledger", ledger ?? ((_, _) => default))
            .AddConsumer("Printer", (_, _) => default);
        register?.Invoke(builder);
        var app = builder.Build();
        if (pathBase is not null) app.UsePathBase(pathBase);
        use?.Invoke(app);
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        var group = app.MapStreamxDashboard(pattern, page =>
        {
            page.AllowControl = allowControl;
            if (options is null) page.AllowLoopback = true;
            else options(page);
        });
        configure?.Invoke(group);
        await app.StartAsync().WithinAsync();
        return new PageHost(app, log);
    }

    /// <summary>A client that does not follow redirects.</summary>
    public HttpClient CreateClient(string? user = null)
    {
        var client = App.Urls.Count > 0 && App.Services.GetService<Microsoft.AspNetCore.Hosting.Server.IServer>() is not TestServer
            ? new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(App.Urls.First()) }
            : Server.CreateClient();
        if (user is not null) client.DefaultRequestHeaders.Add(TestUser.Header, user);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync().WithinAsync();
        await App.DisposeAsync();
    }
}
