using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Dashboard;

/// <summary>
/// Decides which requests are answered: those that the group's authorization has admitted, and without authorization those that the
/// options allow; in Development all.
/// </summary>
internal sealed class AccessRule(IHostEnvironment environment, StreamxDashboardOptions options, ILogger logger)
{
    /// <summary>Allows no content from other origins, no inline content and no frame around the page.</summary>
    internal const string ContentSecurityPolicy =
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

    /// <summary>The body of a refusal.</summary>
    private const string Refusal =
        "Outside Development this page is closed unless the application opens it: call RequireAuthorization() on what " +
        "MapStreamxDashboard returns, or set AllowLoopback or AllowAnonymous.\n";

    /// <summary>The headers in which proxies pass on the client's address.</summary>
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
        environment.IsDevelopment()
        || AuthorizationMetadata.IsPresent(context)
        || options.AllowAnonymous
        || (options.AllowLoopback && IsLoopback(context));

    /// <summary>Whether the request comes over loopback, with a loopback name and without a forwarding header.</summary>
    /// <remarks>
    /// The name check rejects a web site whose own name was made to resolve to this machine; the header check rejects most proxies. A proxy
    /// that sends a loopback name and no header looks like a local reader; so the application has to opt in.
    /// </remarks>
    private static bool IsLoopback(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IsLoopback(address)
        && IsLoopback(context.Request.Host.Host)
        && !Array.Exists(s_forwarding, context.Request.Headers.ContainsKey);

    private static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IsLoopback(address));

    private static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private Task RefuseAsync(HttpContext context)
    {
        if (Interlocked.Exchange(ref _hasRefused, 1) == 0)
            Log.Refused(logger, context.Connection.RemoteIpAddress?.ToString() ?? "an unknown address");
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(Refusal, context.RequestAborted);
    }
}
