namespace Streamx.Hosting.Dashboard;

/// <summary>Puts together what this process knows of a stream between processes and what the others report.</summary>
internal static class RemoteView
{
    /// <summary>Describes how this process takes part, and all consumers it has heard of; null for a stream in one process.</summary>
    /// <param name="remote">What this process knows and has heard.</param>
    /// <param name="meters">How much puts have waited for each consumer, where this process leads.</param>
    internal static RemoteDocument? Describe(StreamxRemoteStatus? remote, NameMeters meters) => remote is null ? null : new RemoteDocument
    {
        Instance = remote.Instance,
        IsLeading = remote.IsLeading,
        IsStandby = remote.IsStandby,
        Problems = remote.Problems,
        Names = [.. Names(remote).Select(name => Describe(name, remote, meters))],
    };

    /// <summary>The consumers: where this process does not lead, those that the leader reports come before its own knowledge.</summary>
    private static IEnumerable<StreamxRemoteName> Names(StreamxRemoteStatus remote)
    {
        if (remote.IsLeading) return remote.Names;
        var leader = remote.Reports.FirstOrDefault(report => report.IsLeading)?.Names ?? [];
        var elsewhere =
            from report in remote.Reports
            from consumer in report.Consumers
            orderby consumer.IsActive descending
            select new StreamxRemoteName
            {
                Name = consumer.Name,
                Lag = null,
                IsGating = false,
                Instance = consumer.IsActive ? report.Instance : null,
                Standbys = [],
                Processes = null,
            };
        return leader.Concat(remote.Names).Concat(elsewhere)
            .DistinctBy(name => name.Name, StringComparer.OrdinalIgnoreCase)
            .OrderBy(name => name.Name, StringComparer.OrdinalIgnoreCase);
    }

    private static RemoteNameDocument Describe(StreamxRemoteName name, StreamxRemoteStatus remote, NameMeters meters) => new()
    {
        Name = name.Name,
        Instance = name.Instance,
        Standbys = name.Standbys,
        Processes = name.Processes,
        Lag = name.Lag,
        IsGating = name.IsGating,
        GatingRatio = Round(meters.GatingRatio(name.Name)),
        Report = ReportOf(name, remote),
    };

    /// <summary>The report of the process that gets a consumer's values; one that stands by has nothing to say of them.</summary>
    private static ReportDocument? ReportOf(StreamxRemoteName name, StreamxRemoteStatus remote) =>
        (from report in remote.Reports
         from consumer in report.Consumers
         where consumer.IsActive && string.Equals(consumer.Name, name.Name, StringComparison.OrdinalIgnoreCase)
         orderby report.Instance == name.Instance descending, consumer.Age
         select new ReportDocument
         {
             State = consumer.State,
             IsStalled = consumer.IsStalled,
             BusyRatio = consumer.BusyRatio,
             ItemAgeSeconds = Round(consumer.ItemAge?.TotalSeconds),
             AgeSeconds = Math.Round(consumer.Age.TotalSeconds, 1),
         }).FirstOrDefault();

    private static double? Round(double? value) => value is { } number ? Math.Round(number, 3) : null;
}
