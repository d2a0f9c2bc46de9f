using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Web;

/// <summary>A web application on Kestrel, with a stream that one consumer reads as the test lets it.</summary>
internal sealed class WebHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client = new() { Timeout = Bounded.Limit };

    private WebHost(WebApplication app) => _app = app;

    public FakeTimeProvider Time { get; private init; } = null!;

    public Gate Consumer { get; private init; } = null!;

    public IHost Host => _app;

    public StreamxStreamStatus Status => Assert.Single(_app.Services.GetRequiredService<IStreamxControl>().GetStreams());

    /// <summary>Builds and starts one.</summary>
    /// <param name="order">Of the streams and the web server.</param>
    /// <param name="stopConcurrently">Whether the host stops its services at the same time.</param>
    /// <param name="acceptAfterStop">How long a stop waits for requests.</param>
    /// <param name="register">Changes what has been registered.</param>
    public static async Task<WebHost> StartAsync(
        RegistrationOrder order, bool stopConcurrently, TimeSpan acceptAfterStop, Action<IServiceCollection>? register = null)
    {
        var time = new FakeTimeProvider();
        var consumer = new Gate();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.AddFakeLogging();
        if (order == RegistrationOrder.Reversed) builder.Host.UseServiceProviderFactory(new ReversingFactory());
        builder.Services.AddRouting();
        builder.Services.AddHealthChecks().AddStreamx();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.Configure<HostOptions>(o =>
        {
            o.ServicesStopConcurrently = stopConcurrently;
            o.ShutdownTimeout = TimeSpan.FromSeconds(1000);
        });
        builder.Services.AddStreamx<int>(o => o.AcceptAfterStop = acceptAfterStop).AddConsumer("any", (value, _) => consumer.HandleAsync(value));
        register?.Invoke(builder.Services);

        var app = builder.Build();
        foreach (var tag in new[] { "live", "ready" })
            app.MapHealthChecks($"/{tag}", new HealthCheckOptions { Predicate = check => check.Tags.Contains(tag) });
        app.MapPost("/put/{value:int}", async (int value, IStreamWriter<int> stream, CancellationToken aborted) => await stream.PutAsync(value, aborted));
        app.MapPost("/try/{value:int}", async (int value, IStreamWriter<int> stream, CancellationToken aborted) =>
            Results.StatusCode(await stream.TryPutAsync(value, TimeSpan.Zero, aborted) ? StatusCodes.Status202Accepted : StatusCodes.Status503ServiceUnavailable));
        await app.StartAsync().WithinAsync();
        return new WebHost(app) { Time = time, Consumer = consumer, _client = { BaseAddress = new Uri(app.Urls.Single()) } };
    }

    public async Task<int> GetAsync(string path)
    {
        using var response = await _client.GetAsync(new Uri(path, UriKind.Relative));
        return (int)response.StatusCode;
    }

    public async Task<int> PostAsync(string path)
    {
        using var response = await _client.PostAsync(new Uri(path, UriKind.Relative), content: null);
        return (int)response.StatusCode;
    }

    /// <summary>Begins to stop it, and waits until it is not ready any more.</summary>
    public async Task<Task> StopAsync()
    {
        var stop = _app.StopAsync();
        await Until.TrueAsync(async () => await GetAsync("ready") == 503);
        return stop;
    }

    /// <summary>Waits until the server takes no new connections.</summary>
    public Task UntilServerStopsAsync() => Until.TrueAsync(async () =>
    {
        using var another = new HttpClient { BaseAddress = _client.BaseAddress };
        try
        {
            using var response = await another.GetAsync(new Uri("live", UriKind.Relative));
            return false;
        }
        catch (Exception error) when (error is HttpRequestException or SocketException)
        {
            // The client lets the socket's own error through when the server closes a connection that it has only just accepted.
            return true;
        }
    });

    public async ValueTask DisposeAsync()
    {
        Consumer.Open();
        _client.Dispose();
        await _app.DisposeAsync().AsTask().WithinAsync();
    }
}
