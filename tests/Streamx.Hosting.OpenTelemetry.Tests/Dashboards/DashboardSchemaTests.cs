using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Grafana;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards;

/// <summary>The dashboard against the types that Grafana publishes: Grafana ignores what it does not know, and says nothing.</summary>
public sealed class DashboardSchemaTests : IDisposable
{
    /// <summary>A dashboard with a mistake.</summary>
    private readonly string _changed = Path.GetTempFileName();

    [Theory]
    [InlineData(GrafanaDashboard.Streams)]
    [InlineData(GrafanaDashboard.Broker)]
    [InlineData(GrafanaDashboard.Database)]
    public async Task Dashboard_AgainstTheTypesOfGrafana_Compiles(string file)
    {
        var result = await CompileAsync(Checkout.Dashboard(file));

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    [Theory]
    [InlineData("\"graphTooltip\": 1", "\"graphToolTip\": 1", "graphToolTip")]
    [InlineData("\"type\": \"stat\"", "\"type\": \"stats\"", "\"stats\"")]
    [InlineData("\"drawStyle\": \"line\"", "\"drawStyle\": \"lines\"", "\"lines\"")]
    [InlineData("\"rowHeight\": 0.9", "\"rowHeights\": 0.9", "rowHeights")]
    public async Task Dashboard_WithAMistake_DoesNotCompile(string right, string wrong, string named)
    {
        var text = await File.ReadAllTextAsync(Checkout.Dashboard(GrafanaDashboard.Streams));
        Assert.Contains(right, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(_changed, text.Replace(right, wrong, StringComparison.Ordinal));

        var result = await CompileAsync(_changed);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(named, result.Output, StringComparison.Ordinal);
    }

    public void Dispose() => File.Delete(_changed);

    private static Task<CommandResult> CompileAsync(string file) => Command.RunAsync("node", [Checkout.Tool("dashboard-types.mjs"), file]);
}
