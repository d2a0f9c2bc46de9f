namespace Streamx.Hosting.Dashboard;

/// <summary>A durable consumer of a stream between processes, as the page shows it.</summary>
internal sealed record RemoteNameDocument
{
    /// <summary>The consumer's name.</summary>
    public required string Name { get; init; }

    /// <summary>The process that gets its values; null when it is not known, and when there is none.</summary>
    public required string? Instance { get; init; }

    /// <summary>The processes that stand by for it.</summary>
    public required IReadOnlyList<string> Standbys { get; init; }

    /// <summary>How many processes it has; null when that is not known.</summary>
    public required int? Processes { get; init; }

    /// <summary>Values it has not finished; null when that is not known.</summary>
    public required long? Lag { get; init; }

    /// <summary>Whether a put of the process that leads waits for it now, as far as this process knows.</summary>
    public required bool IsGating { get; init; }

    /// <summary>Which part of the last five seconds a put waited for it; null when that is not known.</summary>
    public required double? GatingRatio { get; init; }

    /// <summary>What another process that gets its values reports; null when it runs here, and while none reports.</summary>
    public required ReportDocument? Report { get; init; }
}
