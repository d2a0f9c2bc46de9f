namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Grafana;

/// <summary>A query of a panel.</summary>
/// <param name="RefId">Its letter in the panel.</param>
/// <param name="Expression">The PromQL, with Grafana's variables in it.</param>
/// <param name="Legend">What a line is called, with labels in double braces.</param>
/// <param name="DataSource">The id of its data source.</param>
internal sealed record PanelQuery(string RefId, string Expression, string Legend, string DataSource);
