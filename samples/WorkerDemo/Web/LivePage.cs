using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>The live page of the streams, at <c>/streamx</c>: who waits, how long, and for whom.</summary>
internal static class LivePage
{
    /// <summary>Where it is.</summary>
    private const string Path = StreamxDashboardEndpointRouteBuilderExtensions.DefaultPattern;

    /// <summary>Maps it, and says at start where it is. As it is, it only shows, and to this machine alone.</summary>
    internal static void MapLivePage(this WebApplication app)
    {
        app.MapStreamxDashboard(Path);
        app.Lifetime.ApplicationStarted.Register(() => Log.Watch(app.Logger, string.Join(", ", app.Urls.Select(PageAt))));
    }

    /// <summary>Where a browser on this machine finds it: an address that stands for every interface is none to go to.</summary>
    private static string PageAt(string url)
    {
        var address = BindingAddress.Parse(url);
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        return address.IsUnixPipe ? $"{url}{Path}" : $"{address.Scheme}://{host}:{address.Port}{Path}";
    }
}
