namespace Streamx.Hosting.Dashboard;

/// <summary>Describes how this process takes part in a stream between processes.</summary>
internal static class RemoteView
{
    /// <summary>Describes it; null for a stream in one process.</summary>
    /// <param name="remote">What this process knows.</param>
    /// <param name="meters">How much puts have waited for each consumer, where this process leads.</param>
    internal static RemoteDocument? Describe(StreamxRemoteStatus? remote, NameMeters meters) => remote is null ? null : new RemoteDocument
    {
        Instance = remote.Instance,
        IsLeading = remote.IsLeading,
        IsStandby = remote.IsStandby,
        Problems = remote.Problems,
        Names = [.. remote.Names.Select(name => Describe(name, meters))],
    };

    private static RemoteNameDocument Describe(StreamxRemoteName name, NameMeters meters) => new()
    {
        Name = name.Name,
        Instance = name.Instance,
        Standbys = name.Standbys,
        Processes = name.Processes,
        Lag = name.Lag,
        IsGating = name.IsGating,
        GatingRatio = Round(meters.GatingRatio(name.Name)),
    };

    private static double? Round(double? value) => value is { } number ? Math.Round(number, 3) : null;
}
