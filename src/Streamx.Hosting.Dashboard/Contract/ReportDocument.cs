namespace Streamx.Hosting.Dashboard;

/// <summary>How a consumer works in another process, as that process reports.</summary>
internal sealed record ReportDocument
{
    /// <summary>What it is doing.</summary>
    public required StreamxConsumerState State { get; init; }

    /// <summary>Whether it has held one value for too long.</summary>
    public required bool IsStalled { get; init; }

    /// <summary>For which part of the last second it had a value in hand, and did not wait in a put into another stream.</summary>
    public required double BusyRatio { get; init; }

    /// <summary>How long it has had the item in hand; null when it has none.</summary>
    public required double? ItemAgeSeconds { get; init; }

    /// <summary>How long ago that was reported.</summary>
    public required double AgeSeconds { get; init; }
}
