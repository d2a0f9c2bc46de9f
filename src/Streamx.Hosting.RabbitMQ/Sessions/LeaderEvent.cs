namespace Streamx.Hosting.RabbitMQ;

/// <summary>Something a leader hears about a name. Without an answer: it has joined, or been retired, or is not registered.</summary>
/// <param name="Name">The name.</param>
internal sealed record LeaderEvent(string Name)
{
    /// <summary>What it answers.</summary>
    internal SyncAnswer? Answer { get; init; }

    /// <summary>Whether a process has joined under it and the leader does not know it.</summary>
    internal bool IsUnknown { get; init; }

    /// <summary>Whether it says that values are missing.</summary>
    internal bool IsMissing { get; init; }
}
