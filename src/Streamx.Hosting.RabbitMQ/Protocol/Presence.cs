namespace Streamx.Hosting.RabbitMQ;

/// <summary>A process says that it has joined under a name, and again and again while it has.</summary>
/// <param name="Name">The name.</param>
/// <param name="Instance">The instance id of the process.</param>
/// <param name="IsActive">Whether the broker has delivered anything to it, which it does to the active one alone.</param>
internal sealed record Presence(string Name, string Instance, bool IsActive)
{
    /// <summary>How often it is said.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);
}
