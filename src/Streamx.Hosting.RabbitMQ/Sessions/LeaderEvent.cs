namespace Streamx.Hosting.RabbitMQ;

/// <summary>Something a leader hears about a name. Without an answer: it has joined, or been retired.</summary>
/// <param name="Name">The name.</param>
internal sealed record LeaderEvent(string Name)
{
    /// <summary>What it answers.</summary>
    internal SyncAnswer? Answer { get; init; }

    /// <summary>Whether it says that values are missing.</summary>
    internal bool IsMissing { get; init; }
}
