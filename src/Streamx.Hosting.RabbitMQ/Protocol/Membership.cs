namespace Streamx.Hosting.RabbitMQ;

/// <summary>Announces that a consumer joins the stream, or is retired from it.</summary>
/// <param name="Name">The consumer.</param>
/// <param name="IsRetired">Whether it is retired.</param>
internal sealed record Membership(string Name, bool IsRetired = false);
