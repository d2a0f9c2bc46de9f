namespace Streamx.Hosting;

/// <summary>A durable consumer of a stream between processes, at one moment, as far as this process knows.</summary>
public sealed record StreamxRemoteName
{
    /// <summary>The consumer's name.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// How many values it has not finished. Null where this process does not lead, and while the consumer has not reported its position.
    /// </summary>
    public required long? Lag { get; init; }

    /// <summary>Whether a put of this process waits for it now.</summary>
    public required bool IsGating { get; init; }

    /// <summary>The instance id of the process that gets its values. Null when it is not known, and when there is none.</summary>
    public required string? Instance { get; init; }

    /// <summary>
    /// The instance ids of the processes that stand by for it, as far as they are known. Empty where this process does not lead.
    /// </summary>
    public required IReadOnlyList<string> Standbys { get; init; }

    /// <summary>
    /// How many processes have joined as this consumer, including those that stand by; 0 means that it has no live process. Null when it is
    /// not known.
    /// </summary>
    /// <remarks>The end of the last process is noticed some seconds later, as soon as the transport has twice found none.</remarks>
    public required int? Processes { get; init; }
}
