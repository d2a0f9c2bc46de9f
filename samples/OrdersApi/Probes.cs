namespace OrdersApi;

/// <summary>Answers an orchestrator's probes: <c>/healthz/startup</c>, <c>/healthz/live</c> and <c>/healthz/ready</c>.</summary>
internal static class Probes
{
    /// <summary>Maps an endpoint for the checks of each tag.</summary>
    internal static void MapProbes(this WebApplication app)
    {
        foreach (var tag in new[] { "startup", "live", "ready" })
            app.MapHealthChecks($"/healthz/{tag}", new() { Predicate = check => check.Tags.Contains(tag) });
    }
}
