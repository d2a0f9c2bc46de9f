namespace Streamx.Hosting.RabbitMQ;

/// <summary>The token whose unacknowledged delivery is the right to lead; it carries what has to survive a leader.</summary>
/// <param name="Epoch">The epoch of the leader who wrote it; zero for the first.</param>
internal sealed record LeaseToken(long Epoch)
{
    /// <summary>The stream's id; zero until its first leader has given it one.</summary>
    public long StreamId { get; init; }

    /// <summary>The last epoch under which values were appended.</summary>
    public long BegunEpoch { get; init; }

    /// <summary>The registered names; null for a token that only marks a place in the queue.</summary>
    public IReadOnlyList<string>? Names { get; init; }
}
