namespace Streamx.Hosting;

/// <summary>What another process of a stream has last reported of itself.</summary>
public sealed record StreamxProcessReport
{
    /// <summary>The instance id of the process.</summary>
    public required string Instance { get; init; }

    /// <summary>Whether it leads the stream.</summary>
    public required bool IsLeading { get; init; }

    /// <summary>Its consumers, in alphabetical order. Of a process with very many, those that it has come to report.</summary>
    public required IReadOnlyList<StreamxConsumerReport> Consumers { get; init; }

    /// <summary>Where it leads, all durable consumers, as in its own <see cref="StreamxRemoteStatus.Names"/>; empty elsewhere.</summary>
    public required IReadOnlyList<StreamxRemoteName> Names { get; init; }
}
