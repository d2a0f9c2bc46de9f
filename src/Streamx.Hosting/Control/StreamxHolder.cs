namespace Streamx.Hosting;

/// <summary>The holder of a stream: the consumer that its puts ultimately wait for, behind all stages that only wait themselves.</summary>
/// <remarks>
/// A processor that waits in a put is held by the consumer that holds its output; so is a consumer that puts through an injected
/// <see cref="IStreamWriter{T}"/>. The chain ends where this process has no knowledge: a consumer that runs in another process is the
/// holder there.
/// </remarks>
public sealed record StreamxHolder
{
    /// <summary>The stream that the consumer takes from: the stream itself, or one further down.</summary>
    public required string Stream { get; init; }

    /// <summary>The consumer's name.</summary>
    public required string Consumer { get; init; }

    /// <summary>The stages between, which wait in their puts, nearest first. Empty when puts wait for the consumer directly.</summary>
    public required IReadOnlyList<string> Through { get; init; }
}
