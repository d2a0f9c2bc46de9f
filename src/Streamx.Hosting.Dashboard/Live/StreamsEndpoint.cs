using Microsoft.AspNetCore.Http;

namespace Streamx.Hosting.Dashboard;

/// <summary>The data of the page, for scripts.</summary>
internal sealed class StreamsEndpoint(Sampler sampler, ControlRights rights)
{
    internal Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.Body.WriteAsync(sampler.Ask().For(rights.IsOpen(context)), context.RequestAborted).AsTask();
    }
}
