namespace Streamx.Hosting;

/// <summary>How this process takes part in a stream between processes, at one moment.</summary>
public sealed record StreamxRemoteStatus
{
    /// <summary>Whether this process leads the stream: its producers put into it.</summary>
    public required bool IsLeading { get; init; }

    /// <summary>Whether this process is in line to lead, behind another.</summary>
    public required bool IsStandby { get; init; }

    /// <summary>
    /// The workers of this process without a session with the other processes, and why: one sentence each. A consumer that stands by has a
    /// session.
    /// </summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>
    /// Why the broker or database takes no values for now, such as a disk alarm or a lock. Null while it takes them.
    /// <see cref="Problems"/> contains it, too.
    /// </summary>
    public string? BlockedReason { get; init; }

    /// <summary>
    /// How many values each durable consumer has not finished, if it has reported its position. Known to the process that leads, empty
    /// elsewhere.
    /// </summary>
    public required IReadOnlyDictionary<string, long> Lags { get; init; }

    /// <summary>
    /// How often this process has found that the broker had forgotten the stream, with its values, numbers and positions: a new disk, or
    /// deleted queues.
    /// </summary>
    public int TimesForgotten { get; init; }

    /// <summary>When this process last found that; null for never. The health check <c>ready</c> is degraded for an hour.</summary>
    public DateTimeOffset? LastForgottenAt { get; init; }

    /// <summary>
    /// For how long the oldest put of this process has waited for consumers: for room, or, once its value is durable, for every consumer to
    /// finish it. Null where this process does not lead, and while nothing waits. Above the stall limit of its consumers, or 10 s where it
    /// has none, the health check <c>ready</c> is degraded.
    /// </summary>
    public TimeSpan? OldestUnfinishedAge { get; init; }

    /// <summary>
    /// How many values consumers of this process have not received and will not receive, since the broker or database has lost them:
    /// dropped by a policy of its operator, purged, or deleted. They count as undelivered in the report of the shutdown.
    /// </summary>
    public long ValuesLost { get; init; }

    /// <summary>When that was last noticed; null for never. The health check <c>ready</c> is degraded for an hour.</summary>
    public DateTimeOffset? LastLostAt { get; init; }

    /// <summary>The instance id of this process, by which the other processes know it. Null when it has none.</summary>
    public string? Instance { get; init; }

    /// <summary>
    /// The durable consumers and the process of each, in alphabetical order: all of them in the process that leads, its own consumers
    /// elsewhere.
    /// </summary>
    public IReadOnlyList<StreamxRemoteName> Names { get; init; } = [];

    /// <summary>
    /// What the other processes have reported of themselves, by instance id. Empty unless this process asks for it with
    /// <see cref="IStreamxControl.RequestReports"/>, and with an engine that cannot carry reports.
    /// </summary>
    public IReadOnlyList<StreamxProcessReport> Reports { get; init; } = [];

    /// <summary>The problem that the store takes no values.</summary>
    internal static string Blocked(string reason) => $"puts: the store takes no values for now: {reason}";
}
