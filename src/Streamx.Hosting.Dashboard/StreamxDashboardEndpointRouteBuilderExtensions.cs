using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Streamx.Hosting.Dashboard;

namespace Streamx.Hosting;

/// <summary>Maps the live page.</summary>
public static class StreamxDashboardEndpointRouteBuilderExtensions
{
    /// <summary>The default path of the page.</summary>
    public const string DefaultPattern = "/streamx";

    /// <summary>Maps a live page of the host's streams, and the endpoints of its data.</summary>
    /// <param name="endpoints">Where to map it.</param>
    /// <param name="pattern">The path of the page.</param>
    /// <param name="configure">Sets what the page may do, and which requests are answered.</param>
    /// <returns>The group of its endpoints, for <c>RequireAuthorization()</c>, <c>RequireHost(…)</c> and the like.</returns>
    /// <remarks>
    /// <para>In Development every request is answered. Otherwise each gets a 403, unless the group asks for authorization, as by
    /// <c>RequireAuthorization()</c>, or <see cref="StreamxDashboardOptions.AllowLoopback"/> or
    /// <see cref="StreamxDashboardOptions.AllowAnonymous"/> is set.</para>
    /// <para>From the start of the host on, streams are sampled once a second for charts and events, and some twenty times a second while
    /// a page is open, whatever the number of pages. Long responses end when the web server begins to stop.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException">There is no <paramref name="endpoints"/>, or no <paramref name="pattern"/>.</exception>
    /// <exception cref="InvalidOperationException">
    /// No stream has been registered with <c>AddStreamx</c>, or <see cref="StreamxDashboardOptions.TraceUrl"/> is not an address to link
    /// to.
    /// </exception>
    public static RouteGroupBuilder MapStreamxDashboard(
        this IEndpointRouteBuilder endpoints, string pattern = DefaultPattern, Action<StreamxDashboardOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        var options = new StreamxDashboardOptions();
        configure?.Invoke(options);
        var group = endpoints.MapGroup(pattern);
        DashboardEndpoints.Map(group, endpoints.ServiceProvider, options);
        return group;
    }
}
