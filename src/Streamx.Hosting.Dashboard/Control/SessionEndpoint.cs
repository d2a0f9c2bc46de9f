using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Streamx.Hosting.Dashboard;

/// <summary>Tells the page what its user may do, and where traces are found.</summary>
/// <param name="rights">Which readers may control the streams.</param>
/// <param name="traceUrl">Where traces are found; null for nowhere.</param>
internal sealed class SessionEndpoint(ControlRights rights, string? traceUrl)
{
    internal Task WriteAsync(HttpContext context)
    {
        var canControl = rights.IsOpen(context);
        var session = new SessionDocument(canControl, canControl ? rights.CreateToken(context) : null, traceUrl);
        context.Response.ContentType = "application/json; charset=utf-8";
        return JsonSerializer.SerializeAsync(context.Response.Body, session, DashboardJson.Default.SessionDocument, context.RequestAborted);
    }
}
