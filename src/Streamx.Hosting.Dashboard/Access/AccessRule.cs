using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Dashboard;

/// <summary>Who is answered: everybody whom the group's authorization lets through, and without authorization this machine alone, outside Development.</summary>
internal sealed class AccessRule(IHostEnvironment environment, ILogger logger)
{
    /// <summary>Nothing from elsewhere, nothing inline, no frame around it.</summary>
    internal const string ContentSecurityPolicy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

    /// <summary>What is said to whoever is refused.</summary>
    private const string Refusal =
        "Outside Development this page answers requests from its own machine only, unless authorization is required: " +
        "call RequireAuthorization() on what MapStreamxDashboard returns.\n";

    /// <summary>The headers by which proxies say for whom they ask.</summary>
    private static readonly string[] s_forwarding = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"];

    /// <summary>1 once a refusal has been logged.</summary>
    private int _hasRefused;

    /// <summary>A handler behind this rule, with the headers that every answer has.</summary>
    internal RequestDelegate Guard(RequestDelegate handle) => context =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        return IsAnswered(context) ? handle(context) : RefuseAsync(context);
    };

    private bool IsAnswered(HttpContext context) =>
        environment.IsDevelopment() || AuthorizationMetadata.IsPresent(context) || IsFromThisMachine(context);

    /// <summary>Whether the request comes from this machine, and for itself.</summary>
    /// <remarks>
    /// A proxy on this machine asks for others, and so does a page elsewhere whose name has been made to resolve to this machine:
    /// hence the headers, and the name in the request.
    /// </remarks>
    private static bool IsFromThisMachine(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IsLoopback(address)
        && IsLoopback(context.Request.Host.Host)
        && !Array.Exists(s_forwarding, context.Request.Headers.ContainsKey);

    private static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IsLoopback(address));

    private static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private Task RefuseAsync(HttpContext context)
    {
        if (Interlocked.Exchange(ref _hasRefused, 1) == 0) Log.Refused(logger, context.Connection.RemoteIpAddress?.ToString() ?? "an unknown address");
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(Refusal, context.RequestAborted);
    }
}
