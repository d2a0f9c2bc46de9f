namespace Streamx.Hosting.Dashboard;

/// <summary>The initial data of the charts, when a page opens.</summary>
/// <param name="Seconds">How far charts reach back.</param>
/// <param name="Streams">The streams' points.</param>
/// <param name="Events">Everything in the event log.</param>
internal sealed record HistoryDocument(int Seconds, IReadOnlyList<StreamHistory> Streams, IReadOnlyList<DashboardEvent> Events);
