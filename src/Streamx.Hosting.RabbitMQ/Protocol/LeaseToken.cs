using System.Text.Json.Serialization;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>The token whose unacknowledged delivery is the right to lead; it carries the state that must survive a leader.</summary>
/// <param name="Epoch">The epoch of the leader that wrote it; zero for the first.</param>
internal sealed record LeaseToken(long Epoch)
{
    /// <summary>Whether it was written after another token.</summary>
    internal bool IsNewerThan(LeaseToken other) => (Epoch, Revision).CompareTo((other.Epoch, other.Revision)) > 0;

    /// <summary>The stream's id; zero until its first leader has given it one.</summary>
    public long StreamId { get; init; }

    /// <summary>The last epoch under which values were appended.</summary>
    public long BegunEpoch { get; init; }

    /// <summary>How often it has been written: of two tokens with one epoch the later one counts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Revision { get; init; }

    /// <summary>
    /// A number up to which every value was confirmed when the token was written: a second or so behind, and exact once a leader has handed
    /// over.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Head { get; init; }

    /// <summary>How many ends of the stream have been decided.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Ends { get; init; }

    /// <summary>The number of the last end while not every consumer has finished it; zero otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long EndsAt { get; init; }

    /// <summary>The registered consumers; null for a token that only marks a place in the queue.</summary>
    public IReadOnlyList<string>? Names { get; init; }
}
