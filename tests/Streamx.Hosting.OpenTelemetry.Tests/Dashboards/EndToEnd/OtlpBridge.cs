using System.Globalization;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.EndToEnd;

/// <summary>The receiver of OTLP that Prometheus scrapes, <c>tools/otlp-bridge.mjs</c>.</summary>
internal sealed class OtlpBridge : IDisposable
{
    /// <summary>The process.</summary>
    private readonly LineProcess _process;

    private OtlpBridge(LineProcess process, int port) => (_process, Port) = (process, port);

    /// <summary>The port on loopback.</summary>
    public int Port { get; }

    /// <summary>Where to send OTLP.</summary>
    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>Starts it.</summary>
    public static async Task<OtlpBridge> StartAsync()
    {
        var process = LineProcess.Start("node", [Checkout.Tool("otlp-bridge.mjs")]);
        try
        {
            var line = await process.WaitForLineAsync(line => line.StartsWith("listening ", StringComparison.Ordinal));
            return new OtlpBridge(process, int.Parse(line["listening ".Length..], CultureInfo.InvariantCulture));
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>Ends with the next scrape.</summary>
    public Task NextScrapeAsync() => _process.WaitForNextLineAsync(line => line.StartsWith("scrape ", StringComparison.Ordinal));

    public void Dispose() => _process.Dispose();
}
