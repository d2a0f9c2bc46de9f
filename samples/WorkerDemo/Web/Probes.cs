using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Answers an orchestrator's probes: <c>/healthz/startup</c>, <c>/healthz/live</c> and <c>/healthz/ready</c>.</summary>
internal static class Probes
{
    /// <summary>The endpoints, each for the checks of one tag.</summary>
    private static readonly string[] s_tags = ["startup", "live", "ready"];

    /// <summary>Adds what they need, where there is a web server.</summary>
    /// <remarks>Add it before the streams: see <see cref="ServeWhileDraining"/>.</remarks>
    internal static void AddProbes(this IHostApplicationBuilder builder)
    {
        if (builder is not WebApplicationBuilder) return;
        builder.Services.AddHostedService<ServeWhileDraining>();
        builder.Services.AddHealthChecks().AddStreamx();
    }

    /// <summary>Maps them, and says at start where they are.</summary>
    internal static void MapProbes(this WebApplication app)
    {
        var paths = Array.ConvertAll(s_tags, tag => $"/healthz/{tag}");
        foreach (var (tag, path) in s_tags.Zip(paths))
            app.MapHealthChecks(path, new HealthCheckOptions { Predicate = check => check.Tags.Contains(tag), ResponseWriter = WriteAsync });
        app.Lifetime.ApplicationStarted.Register(() => Log.Serving(app.Logger, string.Join(", ", paths), string.Join(", ", app.Urls)));
    }

    /// <summary>The status, and then for people why, and how the streams are. Probes look at the status code alone.</summary>
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        var lines = report.Entries.Values.SelectMany(entry => entry.Data.Select(stream => $"{stream.Key}: {stream.Value}").Prepend(entry.Description));
        return context.Response.WriteAsync($"{report.Status}\n{string.Join('\n', lines)}\n", context.RequestAborted);
    }
}
