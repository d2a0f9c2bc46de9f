namespace Streamx.Hosting.RabbitMQ;

/// <summary>An event about a consumer. Without an answer: it has joined, or been retired, or is not registered.</summary>
/// <param name="Name">The consumer.</param>
internal sealed record LeaderEvent(string Name)
{
    /// <summary>What it answers.</summary>
    internal SyncAnswer? Answer { get; init; }

    /// <summary>Whether a process has joined as the consumer and the leader does not know the consumer.</summary>
    internal bool IsUnknown { get; init; }

    /// <summary>Whether the consumer reports that values are missing.</summary>
    internal bool IsMissing { get; init; }
}
