namespace Streamx.Hosting.Dashboard;

/// <summary>Everything the page shows, as <c>api/streams</c> answers it. The README documents it.</summary>
internal sealed record DashboardDocument
{
    /// <summary>The present version. It changes when something is renamed, removed or means something else; what is only added leaves it.</summary>
    internal const int CurrentVersion = 1;

    /// <summary>The version of the format.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>When it was true.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The application's name.</summary>
    public required string Application { get; init; }

    /// <summary>The streams, in the order of registration.</summary>
    public required IReadOnlyList<StreamDocument> Streams { get; init; }

    /// <summary>What happened, the oldest first.</summary>
    public required IReadOnlyList<DashboardEvent> Events { get; init; }
}
