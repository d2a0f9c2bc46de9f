using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.AspireDashboard;

/// <summary>A real telemetry dashboard, the Aspire one, on free ports of this machine alone.</summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _output = [];

    /// <summary>Reads what it prints once it listens, so that it never waits for a full pipe.</summary>
    private Task _rest = Task.CompletedTask;

    private DashboardServer(Process process) => _process = process;

    /// <summary>Where a browser finds it.</summary>
    internal string Page { get; private set; } = "";

    /// <summary>Where it takes OTLP, by protocol as <c>OTEL_EXPORTER_OTLP_PROTOCOL</c> names it.</summary>
    internal Dictionary<string, string> Endpoints { get; } = [];

    /// <summary>Starts it, and waits until it listens.</summary>
    internal static async Task<DashboardServer> StartAsync()
    {
        var start = new ProcessStartInfo(Program)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment =
            {
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://127.0.0.1:0",
                ["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = "http://127.0.0.1:0",
                ["DOTNET_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS"] = "true",
            },
        };
        var server = new DashboardServer(Process.Start(start)!);
        server.Page = await server.WaitForAddressAsync("Now listening on");
        server.Endpoints["grpc"] = await server.WaitForAddressAsync("OTLP/gRPC listening on");
        server.Endpoints["http/protobuf"] = await server.WaitForAddressAsync("OTLP/HTTP listening on");
        server._rest = server._process.StandardOutput.ReadToEndAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _rest;
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>NuGet has put the program where packages are; the project file says which one.</summary>
    private static string Program { get; } = typeof(DashboardServer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "AspireDashboard").Value!;

    private async Task<string> WaitForAddressAsync(string text)
    {
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(WorkerProcess.Limit) is { } line)
        {
            _output.Add(line);
            if (line.Contains(text, StringComparison.Ordinal)) return Regex.Match(line, @"http://127\.0\.0\.1:\d+").Value;
        }

        throw new Xunit.Sdk.XunitException(string.Join('\n', [$"The dashboard has ended without '{text}':", .. _output]));
    }
}
