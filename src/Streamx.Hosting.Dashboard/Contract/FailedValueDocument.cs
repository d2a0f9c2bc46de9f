namespace Streamx.Hosting.Dashboard;

/// <summary>A value that a consumer skipped or dead-lettered. The value itself is never shown.</summary>
/// <param name="Position">How many of the stream's values came before it; between processes its number.</param>
/// <param name="WasDeadLettered">Whether the dead-letter handler took it.</param>
/// <param name="Failure">What the last try failed with.</param>
internal sealed record FailedValueDocument(long Position, bool WasDeadLettered, FailureDocument Failure)
{
    /// <summary>Describes one.</summary>
    internal static FailedValueDocument Of(StreamxFailedValue value) =>
        new(value.Position, value.WasDeadLettered, FailureDocument.Of(value.Failure)!);
}
