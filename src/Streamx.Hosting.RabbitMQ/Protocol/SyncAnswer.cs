using System.Text.Json.Serialization;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>A consumer's answer to a leader that asks for its position, sent once the consumer's fence is durable.</summary>
/// <param name="Name">The consumer.</param>
/// <param name="Epoch">The epoch that asked.</param>
/// <param name="Position">The number up to which it has finished everything, or <see cref="Checkpoint.None"/>.</param>
/// <param name="Received">The number up to which it has received everything, or <see cref="Checkpoint.None"/>.</param>
/// <param name="Head">The number in the question: the last one appended, or <see cref="Checkpoint.None"/>.</param>
internal sealed record SyncAnswer(string Name, long Epoch, long Position, long Received, long Head)
{
    /// <summary>
    /// The highest number that the answering process knows of beyond what the consumer has received: where the consumer has received
    /// nothing, whatever the stream's id was then; where values are missing, the highest that has come nevertheless. Zero for none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Highest { get; init; }

    /// <summary>The stream's id under which the epoch was seen, and among whose numbers the others count; zero for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long StreamId { get; init; }

    /// <summary>
    /// The instance id of the process that answers; null if it has none, and for a leader that answers in a consumer's place.
    /// </summary>
    public string? Instance { get; init; }
}
