using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Dashboard;

/// <summary>The endpoints of one mapped page.</summary>
internal static class DashboardEndpoints
{
    internal static void Map(RouteGroupBuilder group, IServiceProvider services, StreamxDashboardOptions options)
    {
        var control = services.GetService<IStreamxControl>()
            ?? throw new InvalidOperationException(
                "MapStreamxDashboard needs streams: call services.AddStreamx<T>() before the host is built.");
        TraceAddress.Check(options.TraceUrl);
        var lifetime = services.GetRequiredService<IHostApplicationLifetime>();
        var environment = services.GetRequiredService<IHostEnvironment>();
        var clock = services.GetService<TimeProvider>() ?? TimeProvider.System;
        var logger = SafeLogger.Create(services.GetRequiredService<ILoggerFactory>(), Log.Category);

        var state = new PageState(control, clock, environment.ApplicationName, options.AllowControl);
        var sampler = new Sampler(state, services.GetService<IMeterFactory>(), clock, logger, lifetime.ApplicationStopped);
        var access = new AccessRule(environment, options, logger);
        var rights = new ControlRights(options, clock);

        // Not earlier: a sample must not build the streams.
        lifetime.ApplicationStarted.Register(sampler.Start);
        foreach (var asset in Asset.LoadAll()) MapGet(asset.Path, asset.WriteAsync);
        MapGet("api/streams", new StreamsEndpoint(sampler, rights).WriteAsync);
        MapGet("api/session", new SessionEndpoint(rights, options.TraceUrl).WriteAsync);
        MapGet("api/live", new LiveEndpoint(sampler, rights, clock, lifetime.ApplicationStopping).WriteAsync)
            .DisableHttpMetrics()
            .DisableRequestTimeout();
        var endpoint = new ControlEndpoint(control, rights, logger, lifetime.ApplicationStopping);
        group.MapPost("api/control", access.Guard(endpoint.HandleAsync)).ExcludeFromDescription();

        IEndpointConventionBuilder MapGet(string path, RequestDelegate handle) =>
            group.MapGet(path, access.Guard(handle)).ExcludeFromDescription();
    }
}
