using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace WorkerDemo;

/// <summary>The host: a plain one, or one with a web server where an address to listen on is set.</summary>
internal static class WorkerHost
{
    /// <summary>Creates the builder of one or the other.</summary>
    /// <exception cref="SettingException">An address cannot be listened on.</exception>
    internal static IHostApplicationBuilder CreateBuilder(CommandLine commandLine)
    {
        // appsettings.json stands beside the program; the input and the database are relative to the current folder.
        var root = AppContext.BaseDirectory;
        var urls = ListenAddresses.Find(Sources(commandLine, root));
        if (urls.Count == 0) return Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = root });
        ListenAddresses.CheckFree(urls);
        return WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = root });
    }

    /// <summary>Builds the host, with its endpoints where there is a web server.</summary>
    internal static IHost Build(IHostApplicationBuilder builder)
    {
        if (builder is not WebApplicationBuilder web) return ((HostApplicationBuilder)builder).Build();
        var app = web.Build();
        foreach (var url in ListenAddresses.Find(app.Configuration)) app.Urls.Add(url);
        app.MapProbes();
        app.MapLivePage();
        return app;
    }

    /// <summary>Whether an error of the start is the web server's, which could not open an address.</summary>
    internal static bool IsCannotListen(IHost host, Exception error) => host is WebApplication && error is IOException or SocketException;

    /// <summary>What either builder reads, to know which of them it takes.</summary>
    private static IConfigurationRoot Sources(CommandLine commandLine, string root) => new ConfigurationBuilder()
        .AddJsonFile(Path.Combine(root, "appsettings.json"), optional: true)
        .AddEnvironmentVariables("ASPNETCORE_")
        .AddEnvironmentVariables("DOTNET_")
        .AddEnvironmentVariables()
        .AddInMemoryCollection(commandLine.Settings)
        .Build();
}
