using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>The live page at <c>/streamx</c>, and an orchestrator's probes.</summary>
internal static class Endpoints
{
    /// <summary>The probes, each for the health checks of the tag of that name.</summary>
    private static readonly string[] s_probes = ["startup", "live", "ready"];

    /// <summary>Adds what they need.</summary>
    internal static void AddEndpoints(this WebApplicationBuilder builder)
    {
        // Where nothing else is set: any free port, for this machine alone.
        if (string.IsNullOrEmpty(builder.Configuration["urls"]) && string.IsNullOrEmpty(builder.Configuration["http_ports"]))
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHealthChecks().AddStreamx();
    }

    /// <summary>Maps them, and says at start where they are.</summary>
    internal static void MapEndpoints(this WebApplication app)
    {
        foreach (var probe in s_probes)
            app.MapHealthChecks(
                $"/healthz/{probe}", new() { Predicate = check => check.Tags.Contains(probe), ResponseWriter = WriteAsync });
        app.MapStreamxDashboard(configure: page => page.AllowLoopback = true);
        var probes = string.Join(", ", s_probes.Select(probe => $"/healthz/{probe}"));
        app.Lifetime.ApplicationStarted.Register(
            () => Log.Serving(app.Logger, string.Join(", ", app.Urls.Select(url => $"{url}/streamx")), probes));
    }

    /// <summary>The status, and then for people why, and how the streams are. Probes look at the status code alone.</summary>
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        var lines = report.Entries.Values
            .SelectMany(entry => entry.Data.Select(stream => $"{stream.Key}: {stream.Value}").Prepend(entry.Description));
        return context.Response.WriteAsync($"{report.Status}\n{string.Join('\n', lines)}\n", context.RequestAborted);
    }
}
