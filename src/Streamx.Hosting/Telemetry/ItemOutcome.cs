namespace Streamx.Hosting.Telemetry;

/// <summary>The values of the tag <see cref="StreamxTags.ItemOutcome"/>.</summary>
internal static class ItemOutcome
{
    /// <summary>It was handled.</summary>
    internal const string Finished = "finished";

    /// <summary>It could not be handled, and was passed over.</summary>
    internal const string Skipped = "skipped";

    /// <summary>It could not be handled, and the dead-letter handler took it.</summary>
    internal const string DeadLettered = "dead_lettered";

    /// <summary>It was in hand when the consumer left or was aborted.</summary>
    internal const string Abandoned = "abandoned";

    /// <summary>All of them.</summary>
    internal static readonly string[] All = [Finished, Skipped, DeadLettered, Abandoned];
}
