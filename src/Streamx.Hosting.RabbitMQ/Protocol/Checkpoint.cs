using System.Text.Json.Serialization;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>A consumer's position: the body of its reports, and of the last message in its checkpoint queue.</summary>
/// <param name="Name">The consumer.</param>
/// <param name="Epoch">The newest epoch it has seen.</param>
/// <param name="Position">The number up to which it has finished everything; <see cref="None"/> before its first value.</param>
/// <param name="Fences">Where epochs began, the newest last; older ones as long as a message from before them may come again.</param>
internal sealed record Checkpoint(string Name, long Epoch, long Position, IReadOnlyList<Fence> Fences)
{
    /// <summary>The position of a consumer that joins wherever the stream is.</summary>
    internal const long None = -1;

    /// <summary>The stream's id, among whose numbers the position counts; zero before any message has come.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long StreamId { get; init; }

    /// <summary>The instance id of the process that reports; null if it has none.</summary>
    public string? Instance { get; init; }

    /// <summary>The checkpoint of a consumer that has just been registered.</summary>
    internal static Checkpoint New(string name) => new(name, Epoch: 0, None, []);
}
