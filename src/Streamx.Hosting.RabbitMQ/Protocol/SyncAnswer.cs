using System.Text.Json.Serialization;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>What a name answers a leader that asks where it is, once its fence is durable.</summary>
/// <param name="Name">The name.</param>
/// <param name="Epoch">The epoch that asked.</param>
/// <param name="Position">The number up to which it has finished everything, or <see cref="Checkpoint.None"/>.</param>
/// <param name="Received">The number up to which it has received everything, or <see cref="Checkpoint.None"/>.</param>
/// <param name="Head">The number the question carried: the last that had been appended, or <see cref="Checkpoint.None"/>.</param>
internal sealed record SyncAnswer(string Name, long Epoch, long Position, long Received, long Head)
{
    /// <summary>
    /// The highest number that the answering process knows of beyond what has been received: where the name has received nothing, whatever
    /// the stream's id was then, and where values are missing, the highest that has come nevertheless. Zero for none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Highest { get; init; }

    /// <summary>The instance id of the process that answers; null if it has none, and for a leader that answers in a name's place.</summary>
    public string? Instance { get; init; }
}
