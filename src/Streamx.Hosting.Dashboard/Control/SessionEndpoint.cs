using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Streamx.Hosting.Dashboard;

/// <summary>Tells the page what its user may do.</summary>
internal sealed class SessionEndpoint(ControlRights rights)
{
    internal Task WriteAsync(HttpContext context)
    {
        var canControl = rights.IsOpen(context);
        context.Response.ContentType = "application/json; charset=utf-8";
        return JsonSerializer.SerializeAsync(
            context.Response.Body, new SessionDocument(canControl, canControl ? rights.CreateToken(context) : null), DashboardJson.Default.SessionDocument, context.RequestAborted);
    }
}
