namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Grafana;

/// <summary>A panel that shows queries.</summary>
internal sealed record Panel(int Id, string Type, string Title, string Description, string? Unit, GridPosition Position, IReadOnlyList<PanelQuery> Queries);
