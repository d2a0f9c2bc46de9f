using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;

namespace Streamx.Hosting.RabbitMQ.Tests.Support;

/// <summary>The live page of a process, as a browser gets it.</summary>
internal static class LivePage
{
    /// <summary>What the page's endpoint for programs answers about a process now.</summary>
    public static async Task<string> ReadAsync(Pod pod)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Services.AddRouting();
        builder.Services.AddSingleton(pod.Services.GetRequiredService<IStreamxControl>());
        await using var app = builder.Build();
        app.MapStreamxDashboard(configure: page => page.AllowAnonymous = true);
        await app.StartAsync().WithinAsync();
        using var client = app.GetTestClient();
        return await client.GetStringAsync(new Uri("streamx/api/streams", UriKind.Relative)).WithinAsync();
    }
}
