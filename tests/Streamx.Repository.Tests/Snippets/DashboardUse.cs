using Microsoft.AspNetCore.Builder;
using Streamx.Hosting;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>The code of the dashboard package's README.</summary>
internal static class DashboardUse
{
    public static void Map(WebApplicationBuilder builder)
    {
        #region dashboard
        var app = builder.Build();
        app.MapStreamxDashboard();
        #endregion
    }

    public static void Authorize(WebApplication app)
    {
        #region dashboard authorization
        app.MapStreamxDashboard("/ops/streams").RequireAuthorization("operators");
        #endregion
    }

    public static void Loopback(WebApplication app)
    {
        #region dashboard loopback
        app.MapStreamxDashboard(configure: page => page.AllowLoopback = true);
        #endregion
    }

    public static void Traces(WebApplication app)
    {
        #region dashboard traces
        app.MapStreamxDashboard(configure: page => page.TraceUrl = "https://jaeger.example.org/trace/{traceId}");
        #endregion
    }

    public static void Control(WebApplication app)
    {
        #region dashboard control
        app.MapStreamxDashboard(configure: page => page.AllowControl = true).RequireAuthorization("operators");
        #endregion
    }
}
