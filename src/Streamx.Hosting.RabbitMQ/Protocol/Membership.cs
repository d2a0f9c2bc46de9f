namespace Streamx.Hosting.RabbitMQ;

/// <summary>A name joins the stream, or is retired from it.</summary>
/// <param name="Name">The name.</param>
/// <param name="IsRetired">Whether it is retired.</param>
internal sealed record Membership(string Name, bool IsRetired = false);
