namespace Streamx.Hosting.Dashboard;

/// <summary>Everything the page shows, as <c>api/streams</c> answers it. The README documents it.</summary>
internal sealed record DashboardDocument
{
    /// <summary>
    /// The current version. It changes when a member is renamed, removed or changes its meaning; additions do not change it.
    /// </summary>
    internal const int CurrentVersion = 1;

    /// <summary>The version of the format.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The time of the state.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The application's name.</summary>
    public required string Application { get; init; }

    /// <summary>The streams, in the order of registration.</summary>
    public required IReadOnlyList<StreamDocument> Streams { get; init; }

    /// <summary>The events, the oldest first.</summary>
    public required IReadOnlyList<DashboardEvent> Events { get; init; }
}
