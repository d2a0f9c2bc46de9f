using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Streamx.Hosting;

namespace StreamxWorker;

/// <summary>Answers an orchestrator's probes: <c>/healthz/startup</c>, <c>/healthz/live</c> and <c>/healthz/ready</c>.</summary>
public static class Probes
{
    /// <summary>Adds the checks.</summary>
    public static void AddProbes(this IServiceCollection services) => services.AddHealthChecks().AddStreamx();

    /// <summary>Maps an endpoint for the checks of each tag.</summary>
    public static void MapProbes(this WebApplication app)
    {
        foreach (var tag in new[] { "startup", "live", "ready" })
            app.MapHealthChecks(
                $"/healthz/{tag}",
                new HealthCheckOptions { Predicate = check => check.Tags.Contains(tag), ResponseWriter = WriteAsync });
    }

    /// <summary>For people: the status, the reason, and what each worker does. Probes read the status code alone.</summary>
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        var lines = report.Entries.Values.SelectMany(entry =>
            entry.Data.Select(stream => $"{stream.Key}: {stream.Value}").Prepend(entry.Description));
        return context.Response.WriteAsync($"{report.Status}\n{string.Join('\n', lines)}\n", context.RequestAborted);
    }
}
