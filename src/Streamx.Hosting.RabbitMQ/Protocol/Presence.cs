using System.Text.Json.Serialization;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>A process announces that it has joined as a consumer, and repeats that while it lasts.</summary>
/// <param name="Name">The consumer.</param>
/// <param name="Instance">The instance id of the process.</param>
/// <param name="IsActive">Whether the broker has delivered anything to it, which it does for the active process alone.</param>
internal sealed record Presence(string Name, string Instance, bool IsActive)
{
    /// <summary>The newest version of a value's message that the process reads; zero for one that does not say so, which is 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Reads { get; init; }

    /// <summary>How often a process repeats it.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);
}
